import type { Problem } from '@millrace/core'
import { minTokenLength } from '@millrace/telemetry'
import type { Settings } from './settings.js'
import { environmentVariables } from './variables.js'

export interface OpsAdminSettings {
  readonly port: number
  readonly host: string
  readonly token: string
}

/** The server of the admin verbs: undefined where nobody asks for it, or where it can't be opened. Pure. */
export function readOpsAdmin(settings: Settings, problems: Problem[]): OpsAdminSettings | undefined {
  const given = settings('OPS_ADMIN_PORT')
  const text = given?.text.trim().toLowerCase() ?? 'off'
  if (given === undefined || text === 'off') return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  const host = settings('OPS_ADMIN_HOST')?.text.trim() ?? environmentVariables.OPS_ADMIN_HOST.default
  const token = settings('OPS_ADMIN_TOKEN')
  const faults: Problem[] = []
  if (!(port <= 65_535)) {
    const fix = 'use a number from 0 (any free port) to 65535, or off'
    faults.push({ where: given.where, problem: `${JSON.stringify(given.text)} is not a port`, fix })
  }
  const length = token?.text.trim().length ?? 0
  if (length < minTokenLength) {
    const problem = length === 0 ? 'is not set' : `has fewer than ${minTokenLength} characters`
    const fix =
      'use a long random one, such as that of: openssl rand -hex 24; or turn the verbs off: OPS_ADMIN_PORT=off'
    faults.push({ where: token?.where ?? 'OPS_ADMIN_TOKEN', problem, fix })
  }
  problems.push(...faults)
  return faults.length > 0 || token === undefined ? undefined : { port, host, token: token.text.trim() }
}
