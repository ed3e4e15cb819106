import { fail } from '@millrace/core'
import type { Env } from '../registry/registry-from-env.js'
import { type RegisterMode, registerModes } from './schema-serde.js'

/**
 * Whether schemas are registered at the start: the environment counts before the code, so that one image registers in development
 * and does not in production.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID`
 */
export function registerModeOf(env: Env, option: RegisterMode = 'never'): RegisterMode {
  const text = env['SCHEMA_REGISTRY_REGISTER']?.trim()
  if (text === undefined || text === '') return option
  const mode = registerModes.find((one) => one === text)
  if (mode !== undefined) return mode
  const problem = { where: 'SCHEMA_REGISTRY_REGISTER', problem: 'says neither never nor start', fix: 'use one of them' }
  throw fail('MILLRACE_CONFIG_INVALID', { problems: [problem] })
}
