import type { Enum, Field, Type } from 'protobufjs'

/**
 * What keeps a value from being a message, with its place and without the value; undefined where nothing does. protobufjs itself
 * converts what it is given: a text where a number belongs becomes NaN, a field that it does not know is left out.
 */
export function misfit(type: Type, value: unknown, place = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return `${place || 'the value'} is no object`
  for (const [name, one] of Object.entries(value)) {
    const at = place === '' ? name : `${place}.${name}`
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
    // `@type` belongs to google.protobuf.Any.
    if (field === undefined && !name.startsWith('@')) return `${at} is no field of ${type.fullName.slice(1)}`
    const wrong =
      field === undefined || one === undefined || one === null ? undefined : inField(field.resolve(), one, at)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function inField(field: Field, value: unknown, at: string): string | undefined {
  if (field.map) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${at} is no object`
    return first(Object.entries(value).map(([, one]) => inScalar(field, one, `${at}.*`)))
  }
  if (!field.repeated) return inScalar(field, value, at)
  if (!Array.isArray(value)) return `${at} is no array`
  return first(value.map((one, index) => inScalar(field, one, `${at}[${index}]`)))
}

function inScalar({ type, resolvedType }: Field, value: unknown, at: string): string | undefined {
  if (resolvedType !== null) {
    return 'values' in resolvedType ? inEnum(resolvedType, value, at) : misfit(resolvedType, value, at)
  }
  return scalars[kindOf(type)](value) ? undefined : `${at} is not of type ${type}`
}

const inEnum = ({ values, fullName }: Enum, value: unknown, at: string): string | undefined =>
  typeof value === 'number' || (typeof value === 'string' && Object.hasOwn(values, value))
    ? undefined
    : `${at} is not of type ${fullName.slice(1)}`

const scalars = {
  text: (value: unknown) => typeof value === 'string',
  flag: (value: unknown) => typeof value === 'boolean',
  bytes: (value: unknown) => value instanceof Uint8Array,
  real: (value: unknown) => typeof value === 'number',
  whole: (value: unknown) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 32,
  // As text no digit is lost; an object is a Long of protobufjs.
  long: (value: unknown) =>
    Number.isSafeInteger(value) ||
    (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) ||
    typeof value === 'object',
}

function kindOf(type: string): keyof typeof scalars {
  if (type === 'string') return 'text'
  if (type === 'bool') return 'flag'
  if (type === 'bytes') return 'bytes'
  if (type === 'double' || type === 'float') return 'real'
  return type.endsWith('64') ? 'long' : 'whole'
}

const first = (faults: readonly (string | undefined)[]): string | undefined => faults.find((one) => one !== undefined)
