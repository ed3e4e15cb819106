import type { Problem } from '@millrace/core'
import { presetNames } from '../kafka-options.js'
import { type PresetFindings, presetNamed } from './presets.js'
import type { Settings } from './settings.js'
import { isVariableName } from './variables.js'

/** What the chosen preset misses, and what contradicts it: `isPlain` where the security that was read has no TLS. */
export function checkPreset(settings: Settings, { isPlain }: { readonly isPlain: boolean }): PresetFindings {
  const given = settings('KAFKA_PRESET')
  if (given === undefined) return { problems: [], warnings: [] }
  const preset = presetNamed(given.text)
  if (preset === undefined) {
    const problem = `${JSON.stringify(given.text)} is not a preset`
    return { problems: [{ where: given.where, problem, fix: `use one of ${presetNames.join(', ')}` }], warnings: [] }
  }
  const { name, needs, isTlsOnly, check } = preset
  const hasCredentials = settings('KAFKA_SASL_MECHANISM')?.text.trim().toLowerCase() !== 'oauthbearer'
  const missing: readonly Problem[] = Object.entries(needs)
    .filter(([variable]) => isVariableName(variable) && settings(variable) === undefined)
    .map(([where, what]) => ({
      where,
      problem: `is not set, and the preset ${name} needs it`,
      fix: `set it to ${what}`,
    }))
  const found = check?.(settings) ?? { problems: [], warnings: [] }
  return {
    problems: [
      ...(hasCredentials ? missing : []),
      ...(isTlsOnly && isPlain ? [speaksTls(settings, name)] : []),
      ...found.problems,
    ],
    warnings: found.warnings,
  }
}

function speaksTls(settings: Settings, preset: string): Problem {
  const said = [settings('KAFKA_SECURITY_PROTOCOL'), settings('KAFKA_SSL')].find(
    (setting) => setting !== undefined && setting.origin !== 'preset',
  )
  return {
    where: said?.where ?? 'KAFKA_SECURITY_PROTOCOL',
    problem: `switches TLS off, and the brokers of the preset ${preset} speak nothing else`,
    fix: 'remove it',
  }
}
