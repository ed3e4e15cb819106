import type { Difference } from '../schemas/difference.js'
import { fullName, type ProtoDocument, type ProtoField, type ProtoMessage } from './proto-file.js'

/** Types whose bytes read as each other (protobuf.dev, "Updating A Message Type"). An enum is a number on the wire. */
const wireGroups: Readonly<Record<string, string>> = {
  int32: 'number',
  int64: 'number',
  uint32: 'number',
  uint64: 'number',
  bool: 'number',
  sint32: 'zigzag',
  sint64: 'zigzag',
  string: 'text',
  bytes: 'text',
  fixed32: 'fixed32',
  sfixed32: 'fixed32',
  fixed64: 'fixed64',
  sfixed64: 'fixed64',
}

interface Sides {
  readonly reader: ProtoDocument
  readonly writer: ProtoDocument
  /** Pairs of messages that are being compared further out: there the comparison decides. */
  readonly open: Set<string>
}

/** Why records of the writer's messages can't be read with the reader's: by field numbers and wire types; names don't count. */
export function protoDifferences(reader: ProtoDocument, writer: ProtoDocument): Difference[] {
  const sides: Sides = { reader, writer, open: new Set() }
  return compareMessages(reader.file.messages, writer.file.messages, { sides, path: '#' })
}

interface At {
  readonly sides: Sides
  readonly path: string
}

const inside = (at: At, step: string | number): At => ({ ...at, path: `${at.path}/${step}` })
const differ = ({ path }: At, kind: string, description: string): Difference => ({ kind, path, description })

function compareMessages(read: readonly ProtoMessage[], written: readonly ProtoMessage[], at: At): Difference[] {
  return written.flatMap((theirs) => {
    const place = inside(at, theirs.name)
    const mine = read.find(({ name }) => name === theirs.name)
    if (mine === undefined) return [differ(place, 'MESSAGE_REMOVED', `the reader lacks the message ${theirs.name}`)]
    return compareMessage(mine, theirs, place)
  })
}

function compareMessage(reader: ProtoMessage, writer: ProtoMessage, at: At): Difference[] {
  const numbers = new Set([...writer.fields, ...reader.fields].map(({ number }) => number))
  return [
    ...[...numbers].flatMap((number) => compareNumber(number, { reader, writer }, inside(at, number))),
    ...oneofDifferences(reader, writer, at),
    ...compareMessages(reader.messages, writer.messages, at),
  ]
}

type Pair = { readonly reader: ProtoMessage; readonly writer: ProtoMessage }

function compareNumber(number: number, { reader, writer }: Pair, at: At): Difference[] {
  const mine = reader.fields.find((field) => field.number === number)
  const theirs = writer.fields.find((field) => field.number === number)
  if (mine === undefined || theirs === undefined) {
    const [only, kind] = mine === undefined ? [theirs, 'REQUIRED_FIELD_REMOVED'] : [mine, 'REQUIRED_FIELD_ADDED']
    if (only?.label === 'required') return [differ(at, kind, `the required field ${only.name} is on one side only`)]
    const wasReserved = mine !== undefined && writer.reserved.some(([from, to]) => from <= number && number <= to)
    if (!wasReserved) return []
    return [
      differ(at, 'FIELD_REUSES_RESERVED_NUMBER', `${mine.name} has the number ${number}, which the writer reserved`),
    ]
  }
  return compareFields(mine, theirs, at)
}

function compareFields(reader: ProtoField, writer: ProtoField, at: At): Difference[] {
  const [read, written] = [groupOf(reader), groupOf(writer)]
  if (read.shape !== written.shape) {
    return [
      differ(at, 'FIELD_KIND_CHANGED', `the reader expects a ${read.shape} in ${reader.name}, not a ${written.shape}`),
    ]
  }
  const keys = [reader, writer].map(({ keyType }) => keyType && (wireGroups[keyType] ?? keyType))
  if (read.group !== written.group || keys[0] !== keys[1]) {
    const types = `the reader expects ${reader.type.name} in ${reader.name}, not ${writer.type.name}`
    return [differ(at, 'FIELD_SCALAR_KIND_CHANGED', types)]
  }
  const labels = reader.label === 'repeated' || writer.label === 'repeated' ? [reader.label, writer.label] : []
  // Bytes of either length prefix read as one or several; packed numbers do not.
  if (labels[0] !== labels[1] && read.shape === 'scalar' && read.group !== 'text') {
    return [differ(at, 'FIELD_NUMERIC_LABEL_CHANGED', `${reader.name} is repeated on one side only`)]
  }
  return reader.type.kind === 'message' ? compareUsed(reader, writer, at) : []
}

const groupOf = ({ type, keyType }: ProtoField): { shape: 'map' | 'message' | 'scalar'; group: string } => {
  const group =
    type.kind === 'scalar' ? (wireGroups[type.name] ?? type.name) : type.kind === 'enum' ? 'number' : 'message'
  return { shape: keyType !== undefined ? 'map' : type.kind === 'message' ? 'message' : 'scalar', group }
}

/** A field that holds a message: the same one by name, and where it is of another file, one that reads the other. */
function compareUsed(reader: ProtoField, writer: ProtoField, at: At): Difference[] {
  const { sides } = at
  const local = (name: string, { file }: ProtoDocument): string =>
    name.startsWith(`${file.package}.`) ? name.slice(file.package.length + 1) : name
  const [mine, theirs] = [reader.type.name, writer.type.name]
  if (local(mine, sides.reader) !== local(theirs, sides.writer)) {
    return [differ(at, 'FIELD_NAMED_TYPE_CHANGED', `the reader expects ${mine} in ${reader.name}, not ${theirs}`)]
  }
  const [read, written] = [sides.reader.messages.get(mine), sides.writer.messages.get(theirs)]
  const pair = fullName(mine, theirs)
  if (read === undefined || written === undefined || sides.open.has(pair)) return []
  sides.open.add(pair)
  const found = compareMessage(read, written, at)
  sides.open.delete(pair)
  return found
}

/** A oneof keeps the last of its fields: what could be set together must not come into one. */
function oneofDifferences(reader: ProtoMessage, writer: ProtoMessage, at: At): Difference[] {
  const names = (message: ProtoMessage) => new Set(message.fields.flatMap(({ oneof }) => oneof ?? []))
  const before = new Map(writer.fields.map((field) => [field.number, field]))
  const grown = [...names(reader)].flatMap((name) => {
    const old = reader.fields.filter(({ oneof }) => oneof === name).flatMap(({ number }) => before.get(number) ?? [])
    const moved = old.filter(({ oneof }) => oneof === undefined)
    if (moved.length > 1) {
      return [
        differ(
          inside(at, name),
          'MULTIPLE_FIELDS_MOVED_TO_ONEOF',
          'fields that could be set together exclude each other',
        ),
      ]
    }
    if (moved.length === 0 || old.length === 1) return []
    return [
      differ(inside(at, name), 'FIELD_MOVED_TO_EXISTING_ONEOF', 'a field of its own came into a oneof that was there'),
    ]
  })
  const kept = new Set(reader.fields.map(({ number }) => number))
  const lost = writer.fields.filter(
    ({ oneof, number }) => oneof !== undefined && names(reader).has(oneof) && !kept.has(number),
  )
  return [
    ...grown,
    ...lost.map(({ oneof = '', name }) =>
      differ(inside(at, oneof), 'ONEOF_FIELD_REMOVED', `the reader's ${oneof} lacks ${name}`),
    ),
  ]
}
