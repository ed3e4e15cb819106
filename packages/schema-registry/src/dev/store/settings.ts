export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const

/** Which earlier versions of a subject a new one must get along with, and in which direction. */
export type CompatibilityLevel = (typeof compatibilityLevels)[number]

export const registryModes = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT'] as const

/** What may be written: everything, nothing, or schemas with the ids that they bring along. */
export type RegistryMode = (typeof registryModes)[number]

/** A value for all subjects, and another one for those that have it. */
export interface Setting<T> {
  global(): T
  own(subject: string): T | undefined
  of(subject: string): T
  set(value: T, subject?: string): void
  /** Gives what stood there before: undefined where a subject had none of its own. */
  reset(subject?: string): T | undefined
}

export function createSetting<T>(initial: T): Setting<T> {
  let global = initial
  const own = new Map<string, T>()
  return {
    global: () => global,
    own: (subject) => own.get(subject),
    of: (subject) => own.get(subject) ?? global,
    set(value, subject) {
      if (subject === undefined) global = value
      else own.set(subject, value)
    },
    reset(subject) {
      const before = subject === undefined ? global : own.get(subject)
      if (subject === undefined) global = initial
      else own.delete(subject)
      return before
    },
  }
}
