import { defaultValue } from './default-value.js'
import type { FieldSpec, Fields, Message, ScalarType, Versions } from './schema.js'

/** Kafka refuses longer strings in both directions. */
export const maxStringBytes = 0x7fff

/** One field in one version, with everything decided that its table leaves to versions. */
export interface FieldLayout {
  readonly name: string
  /** For people: `FetchRequest.topics.partitions`. */
  readonly path: string
  readonly spec: FieldSpec
  readonly place: 'in order' | 'tagged' | 'absent'
  readonly isNullable: boolean
  /** Lengths and counts are unsigned varints, one more than they say. */
  readonly isCompact: boolean
  readonly isArray: boolean
  readonly element: ScalarType | StructLayout
  /** Whether a body may leave it out; the same rule as the type `Encodable`. */
  readonly isOptional: boolean
}

export interface StructLayout {
  /** All fields of the table, also those that this version has not. */
  readonly fields: readonly FieldLayout[]
  /** Ends with tagged fields. */
  readonly isFlexible: boolean
  /** No value of it is shorter: what a count is held against before anything is allocated. */
  readonly minBytes: number
}

/** How a message lies on the wire in one version. Throws a RangeError for a version that is not spoken. */
export function messageLayout(message: Message, version: number): StructLayout {
  const [first, last] = message.validVersions
  if (!(version >= first && version <= last)) throw new RangeError(`${message.name} ${version} is not spoken here`)
  const isFlexible = message.flexibleVersions !== 'none' && version >= message.flexibleVersions
  return structLayout(message.fields, { version, isFlexible, path: message.name })
}

function isIn(versions: Versions | 'none' | undefined, version: number): boolean {
  if (versions === undefined || versions === 'none') return false
  if (versions.endsWith('+')) return version >= Number(versions.slice(0, -1))
  const [first, last = first] = versions.split('-').map(Number)
  return version >= Number(first) && version <= Number(last)
}

interface Place {
  readonly version: number
  readonly isFlexible: boolean
  readonly path: string
}

function structLayout(table: Fields, place: Place): StructLayout {
  const fields = Object.entries(table).map(([name, spec]) => fieldLayout(name, spec, place))
  const inOrder = fields.filter((field) => field.place === 'in order')
  const minBytes = inOrder.reduce((sum, field) => sum + minBytesOf(field), place.isFlexible ? 1 : 0)
  return { fields, isFlexible: place.isFlexible, minBytes }
}

function fieldLayout(name: string, spec: FieldSpec, { version, isFlexible, path }: Place): FieldLayout {
  const own = `${path}.${name}`
  const isThere = spec.versions === undefined || isIn(spec.versions, version)
  const place = isIn(spec.taggedVersions, version) ? 'tagged' : 'in order'
  const type = spec.type.replace('[]', '') as ScalarType | 'struct'
  return {
    name,
    path: own,
    spec,
    place: isThere ? place : 'absent',
    isNullable: isIn(spec.nullableVersions, version),
    isCompact: spec.flexibleVersions === undefined ? isFlexible : isIn(spec.flexibleVersions, version),
    isArray: spec.type.startsWith('[]'),
    element: type === 'struct' ? structLayout(spec.fields ?? {}, { version, isFlexible, path: own }) : type,
    isOptional: (spec.versions ?? spec.taggedVersions ?? spec.default) !== undefined,
  }
}

const widths: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
  string: 2,
  bytes: 4,
  records: 4,
}
const hasLength: ReadonlySet<string> = new Set(['string', 'bytes', 'records'])

function minBytesOf({ isArray, isCompact, isNullable, element }: FieldLayout): number {
  if (isArray) return isCompact ? 1 : 4
  if (typeof element !== 'string') return isNullable ? 1 : element.minBytes
  return isCompact && hasLength.has(element) ? 1 : widths[element]
}

/** At least one byte for each, so that a count is always bounded by what is left. */
export const minBytesOfElement = (element: ScalarType | StructLayout, isCompact: boolean): number => {
  if (typeof element !== 'string') return Math.max(1, element.minBytes)
  return isCompact && hasLength.has(element) ? 1 : widths[element]
}

export const fallbackOf =
  ({ spec }: FieldLayout): (() => unknown) =>
  () =>
    defaultValue(spec)

/** Remembers what was made of a message and a version: tables are constants, so each is compiled once. */
export function oncePerVersion<T>(compile: (layout: StructLayout, message: Message) => T) {
  const made = new WeakMap<Message, Map<number, T>>()
  return (message: Message, version: number): T => {
    let versions = made.get(message)
    if (versions === undefined) made.set(message, (versions = new Map()))
    let result = versions.get(version)
    if (result === undefined) versions.set(version, (result = compile(messageLayout(message, version), message)))
    return result
  }
}
