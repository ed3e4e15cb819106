import type { FieldSpec, Fields } from './schema.js'

const noBytes = Buffer.alloc(0)
export const nilUuid = 'A'.repeat(22)

const zeroes: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['bool', false],
  ['int64', 0n],
  ['string', ''],
  ['uuid', nilUuid],
  ['bytes', noBytes],
  ['records', null],
])

/** What a field is where nobody says so. Arrays and structs are new each time, because their owner may change them. */
export function defaultValue(spec: FieldSpec): unknown {
  if (spec.default !== undefined) return spec.default
  if (spec.type === 'struct') return defaultFields(spec.fields ?? {})
  if (spec.type.startsWith('[]')) return []
  return zeroes.has(spec.type) ? zeroes.get(spec.type) : 0
}

export const defaultFields = (fields: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, spec]) => [name, defaultValue(spec)]))
