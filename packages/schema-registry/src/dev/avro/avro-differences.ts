import type { Difference } from '../schemas/difference.js'
import {
  type AvroEnum,
  type AvroField,
  type AvroRecord,
  type AvroType,
  isNamed,
  type NamedAvroType,
  unqualified,
} from './avro-type.js'

/** What a reader of the second kind accepts beside itself (Avro 1.11, "Schema Resolution"). */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

/** Why a reader can't read what a writer wrote, by the rules of Avro's schema resolution. Empty where it can read all of it. */
export function avroDifferences(reader: AvroType, writer: AvroType): Difference[] {
  return compare(reader, writer, { path: '', open: new Map() })
}

interface Place {
  readonly path: string
  /** Pairs that are being compared further out: inside themselves they count as readable, and the outer comparison decides. */
  readonly open: Map<AvroType, Set<AvroType>>
}

const inside = (place: Place, step: string): Place => ({ ...place, path: `${place.path}/${step}` })

function compare(reader: AvroType, writer: AvroType, place: Place): Difference[] {
  if (writer.kind === 'union') return writer.branches.flatMap((branch) => compare(reader, branch, place))
  if (reader.kind === 'union') {
    const readable = reader.branches.some((branch) => compare(branch, writer, place).length === 0)
    if (readable) return []
    return [difference('MISSING_UNION_BRANCH', place, `the reader's union lacks the writer's type ${nameOf(writer)}`)]
  }
  if (reader.kind === 'array' && writer.kind === 'array')
    return compare(reader.items, writer.items, inside(place, 'items'))
  if (reader.kind === 'map' && writer.kind === 'map')
    return compare(reader.values, writer.values, inside(place, 'values'))
  if (isNamed(reader) && isNamed(writer) && reader.kind === writer.kind) return compareNamed(reader, writer, place)
  if (reader.kind === writer.kind || promotions[reader.kind]?.includes(writer.kind)) return []
  return [
    difference('TYPE_MISMATCH', place, `the reader's ${nameOf(reader)} does not read the writer's ${nameOf(writer)}`),
  ]
}

function compareNamed(reader: NamedAvroType, writer: NamedAvroType, place: Place): Difference[] {
  const isCalledSo = unqualified(reader.name) === unqualified(writer.name) || reader.aliases.includes(writer.name)
  if (!isCalledSo) {
    return [difference('NAME_MISMATCH', inside(place, 'name'), `the reader expects ${reader.name}, not ${writer.name}`)]
  }
  if (reader.kind === 'enum' && writer.kind === 'enum') return compareSymbols(reader, writer, place)
  if (reader.kind === 'record' && writer.kind === 'record') return compareRecords(reader, writer, place)
  if (reader.kind === 'fixed' && writer.kind === 'fixed' && reader.size !== writer.size) {
    const sizes = `the reader expects ${reader.size} bytes, not ${writer.size}`
    return [difference('FIXED_SIZE_MISMATCH', inside(place, 'size'), sizes)]
  }
  return []
}

function compareSymbols(reader: AvroEnum, writer: AvroEnum, place: Place): Difference[] {
  const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol))
  if (unknown.length === 0 || reader.default !== undefined) return []
  const what = `the reader's enum ${reader.name} has no default and lacks ${unknown.join(', ')}`
  return [difference('MISSING_ENUM_SYMBOLS', inside(place, 'symbols'), what)]
}

function compareRecords(reader: AvroRecord, writer: AvroRecord, place: Place): Difference[] {
  const open = place.open.get(reader) ?? new Set()
  if (open.has(writer)) return []
  place.open.set(reader, open.add(writer))
  try {
    return reader.fields.flatMap((field, index) => compareField(field, writer, inside(place, `fields/${index}`)))
  } finally {
    open.delete(writer)
  }
}

function compareField(field: AvroField, writer: AvroRecord, place: Place): Difference[] {
  const names = [field.name, ...field.aliases]
  const written = names.flatMap((name) => writer.fields.find((one) => one.name === name) ?? [])[0]
  if (written !== undefined) return compare(field.type, written.type, inside(place, 'type'))
  if (field.default !== undefined) return []
  const what = `the field '${field.name}' has no default value and is missing in the writer's schema`
  return [difference('READER_FIELD_MISSING_DEFAULT_VALUE', place, what)]
}

const nameOf = (type: AvroType): string => ('name' in type ? type.name : type.kind)

const difference = (kind: string, { path }: Place, description: string): Difference => ({
  kind,
  path: path || '/',
  description,
})
