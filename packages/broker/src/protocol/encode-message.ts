import { ByteWriter } from './byte-writer.js'
import { fallbackOf, type FieldLayout, maxStringBytes, oncePerVersion, type StructLayout } from './message-layout.js'
import type { Encodable, Fields, Message, ScalarType } from './schema.js'
import { writeUnsignedVarint } from './varint.js'

type Write = (writer: ByteWriter, value: unknown) => void

const writers = oncePerVersion(structWriter)

/**
 * Writes a body. What its version has no place for is left out.
 * @throws TypeError or RangeError for a value that its field cannot hold; RangeError for a version that is not spoken.
 */
export function encodeMessage<F extends Fields>(
  message: Message<F>,
  version: number,
  body: Encodable<Message<F>>,
): Buffer {
  const writer = new ByteWriter()
  writeMessage(writer, message, version, body)
  return writer.finish()
}

/** The same behind what was written before. */
export function writeMessage<F extends Fields>(
  writer: ByteWriter,
  message: Message<F>,
  version: number,
  body: Encodable<Message<F>>,
): void {
  writers(message, version)(writer, body)
}

function structWriter({ fields, isFlexible }: StructLayout): Write {
  const steps = fields.filter((field) => field.place === 'in order').map((field) => fieldWriter(field))
  const tagged = fields
    .filter((field) => field.place === 'tagged')
    .toSorted((one, other) => Number(one.spec.tag) - Number(other.spec.tag))
    .map((field) => ({ field, write: fieldWriter(field) }))
  return (writer, value) => {
    const struct = value as Readonly<Record<string, unknown>>
    for (const write of steps) write(writer, struct)
    if (!isFlexible) return
    const present = tagged.filter(({ field }) => !isDefault(field, struct[field.name]))
    writeUnsignedVarint(writer, present.length)
    for (const { field, write } of present) {
      const inner = new ByteWriter()
      write(inner, struct)
      writeUnsignedVarint(writer, Number(field.spec.tag))
      writeUnsignedVarint(writer, inner.length)
      writer.bytes(inner.finish())
    }
  }
}

/** A tagged field travels only where it says something. */
function isDefault(field: FieldLayout, value: unknown): boolean {
  if (value === undefined) return true
  const { element, isArray } = field
  if (value !== null && typeof element !== 'string' && !isArray) {
    const struct = value as Readonly<Record<string, unknown>>
    return field.spec.default !== null && element.fields.every((inner) => isDefault(inner, struct[inner.name]))
  }
  const fallback = fallbackOf(field)()
  if (Array.isArray(value)) return value.length === 0 && fallback !== null
  if (value instanceof Uint8Array) return value.length === 0 && fallback !== null
  return value === fallback
}

/** Takes the field out of its struct and writes it. */
function fieldWriter(field: FieldLayout): Write {
  const { name, path, isNullable, isOptional } = field
  const write = valueWriter(field)
  const writeNull = nullWriter(field)
  const fallback = fallbackOf(field)
  return (writer, struct) => {
    let value = (struct as Readonly<Record<string, unknown>>)[name]
    if (value === undefined) {
      if (!isOptional) throw new TypeError(`${path} is missing`)
      value = fallback()
    }
    if (value !== null) write(writer, value)
    else if (isNullable) writeNull(writer)
    else throw new TypeError(`${path} is null`)
  }
}

function nullWriter({ isArray, isCompact, element }: FieldLayout): (writer: ByteWriter) => void {
  if (!isArray && typeof element !== 'string') return (writer) => writer.int8(-1)
  if (isCompact) return (writer) => writer.uint8(0)
  return !isArray && element === 'string' ? (writer) => writer.int16(-1) : (writer) => writer.int32(-1)
}

function valueWriter(field: FieldLayout): Write {
  const { element, isArray, isCompact, isNullable } = field
  const one = typeof element === 'string' ? scalarWriter(element, field) : structWriter(element)
  if (isArray) {
    return (writer, value) => {
      const elements = value as readonly unknown[]
      if (isCompact) writeUnsignedVarint(writer, elements.length + 1)
      else writer.int32(elements.length)
      for (const each of elements) one(writer, each)
    }
  }
  if (typeof element === 'string' || !isNullable) return one
  return (writer, value) => {
    writer.int8(1)
    one(writer, value)
  }
}

/** The types of values are those of the table (`Encodable`); out of range ones are refused by the writer. */
const fixed: Readonly<Record<Exclude<ScalarType, 'string' | 'bytes' | 'records'>, Write>> = {
  bool: (writer, value) => writer.int8(value === true ? 1 : 0),
  int8: (writer, value) => writer.int8(value as number),
  int16: (writer, value) => writer.int16(value as number),
  uint16: (writer, value) => writer.uint16(value as number),
  int32: (writer, value) => writer.int32(value as number),
  uint32: (writer, value) => writer.uint32(value as number),
  int64: (writer, value) => writer.int64(value as bigint),
  float64: (writer, value) => writer.float64(value as number),
  uuid: (writer, value) => {
    const bytes = Buffer.from(value as string, 'base64url')
    if (bytes.length !== 16) throw new TypeError(`"${String(value)}" is no uuid in base64url`)
    writer.bytes(bytes)
  },
}

function scalarWriter(type: ScalarType, { isCompact, path }: FieldLayout): Write {
  if (type === 'string') {
    return (writer, value) => {
      const text = value as string
      const length = Buffer.byteLength(text)
      if (length > maxStringBytes) throw new RangeError(`${path} is a string of ${length} bytes`)
      if (isCompact) writeUnsignedVarint(writer, length + 1)
      else writer.int16(length)
      writer.text(text, length)
    }
  }
  if (type !== 'bytes' && type !== 'records') return fixed[type]
  return (writer, value) => {
    const bytes = value as Uint8Array
    if (isCompact) writeUnsignedVarint(writer, bytes.length + 1)
    else writer.int32(bytes.length)
    if (type === 'records') writer.borrow(bytes)
    else writer.bytes(bytes)
  }
}
