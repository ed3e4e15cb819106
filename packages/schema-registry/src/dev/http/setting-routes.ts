import { type CompatibilityLevel, compatibilityLevels, registryModes, type RegistryMode } from '../store/settings.js'
import { bodyOf, type Call, isSet, segment } from './call.js'
import { refusals } from '../store/refusal.js'
import type { Routes } from './routes.js'

/** `/config` and `/mode`: for all subjects, and for one. */
export const settingRoutes: Routes = {
  'GET /config': (_call, { levels }) => ({ json: { compatibilityLevel: levels.global() } }),
  'PUT /config': (call, { levels }) => {
    const level = levelIn(call)
    levels.set(level)
    return { json: { compatibility: level } }
  },
  'DELETE /config': (_call, { levels }) => ({ json: { compatibilityLevel: levels.reset() ?? levels.global() } }),
  'GET /config/:subject': (call, { levels }) => {
    const subject = segment(call, 'subject')
    const level = isSet(call, 'defaultToGlobal') ? levels.of(subject) : levels.own(subject)
    if (level === undefined) throw refusals.noLevelOfItsOwn(subject)
    return { json: { compatibilityLevel: level } }
  },
  'PUT /config/:subject': (call, { levels }) => {
    const level = levelIn(call)
    levels.set(level, segment(call, 'subject'))
    return { json: { compatibility: level } }
  },
  'DELETE /config/:subject': (call, { levels }) => {
    const subject = segment(call, 'subject')
    const before = levels.reset(subject)
    if (before === undefined) throw refusals.subjectNotFound(subject)
    return { json: { compatibilityLevel: before } }
  },
  'GET /mode': (_call, { modes }) => ({ json: { mode: modes.global() } }),
  'PUT /mode': (call, { modes }) => {
    const mode = modeIn(call)
    modes.set(mode)
    return { json: { mode } }
  },
  'GET /mode/:subject': (call, { modes }) => {
    const subject = segment(call, 'subject')
    const mode = isSet(call, 'defaultToGlobal') ? modes.of(subject) : modes.own(subject)
    if (mode === undefined) throw refusals.noModeOfItsOwn(subject)
    return { json: { mode } }
  },
  'PUT /mode/:subject': (call, { modes }) => {
    const mode = modeIn(call)
    modes.set(mode, segment(call, 'subject'))
    return { json: { mode } }
  },
  'DELETE /mode/:subject': (call, { modes }) => {
    const subject = segment(call, 'subject')
    const before = modes.reset(subject)
    if (before === undefined) throw refusals.noModeOfItsOwn(subject)
    return { json: { mode: before } }
  },
}

const upperCase = (value: unknown): string => (typeof value === 'string' ? value.toUpperCase() : '')

function levelIn(call: Call): CompatibilityLevel {
  const asked = upperCase(bodyOf(call)['compatibility'])
  const level = compatibilityLevels.find((one) => one === asked)
  if (level === undefined) throw refusals.invalidLevel()
  return level
}

function modeIn(call: Call): RegistryMode {
  const asked = upperCase(bodyOf(call)['mode'])
  const mode = registryModes.find((one) => one === asked)
  if (mode === undefined) throw refusals.invalidMode()
  return mode
}
