import { ByteReader } from './byte-reader.js'
import { MalformedRequest } from './malformed-request.js'
import {
  fallbackOf,
  type FieldLayout,
  maxStringBytes,
  minBytesOfElement,
  oncePerVersion,
  type StructLayout,
} from './message-layout.js'
import type { Decoded, Fields, Message, ScalarType } from './schema.js'
import { readUnsignedVarint } from './varint.js'

type Read = (reader: ByteReader) => unknown

const readers = oncePerVersion(structReader)

/**
 * Reads a body from `offset` on. Bytes behind it are ignored. What it has of bytes and records are views into `bytes`.
 * @throws MalformedRequest for bytes that are no such message; RangeError for a version that is not spoken.
 */
export function decodeMessage<F extends Fields>(
  message: Message<F>,
  version: number,
  bytes: Buffer,
  offset = 0,
): Decoded<Message<F>> {
  return readers(message, version)(new ByteReader(bytes, offset)) as Decoded<Message<F>>
}

function structReader({ fields, isFlexible }: StructLayout): Read {
  const steps = fields.map((field) => ({
    name: field.name,
    read: field.place === 'in order' ? fieldReader(field) : fallbackOf(field),
  }))
  const tagged = new Map(
    fields
      .filter((field) => field.place === 'tagged')
      .map((field) => [field.spec.tag, { name: field.name, read: fieldReader(field) }]),
  )
  return (reader) => {
    const struct: Record<string, unknown> = {}
    for (const { name, read } of steps) struct[name] = read(reader)
    if (!isFlexible) return struct
    readTaggedFields(reader, (tag, value) => {
      const known = tagged.get(tag)
      if (known !== undefined) struct[known.name] = known.read(value)
    })
    return struct
  }
}

/** Hands each tagged field to `take` with a reader of its own bytes; who does not know a tag passes over it. */
export function readTaggedFields(reader: ByteReader, take: (tag: number, value: ByteReader) => void): void {
  for (let left = readUnsignedVarint(reader); left > 0; left -= 1) {
    const tag = readUnsignedVarint(reader)
    take(tag, new ByteReader(reader.bytes(readUnsignedVarint(reader))))
  }
}

function fieldReader(field: FieldLayout): Read {
  if (field.isArray) return arrayReader(field)
  const { element, isNullable } = field
  if (typeof element === 'string') return scalarReader(element, field)
  const read = structReader(element)
  return isNullable ? (reader) => (reader.int8() < 0 ? null : read(reader)) : read
}

function arrayReader(field: FieldLayout): Read {
  const { element, isCompact, path } = field
  const read =
    typeof element === 'string' ? scalarReader(element, { ...field, isNullable: false }) : structReader(element)
  const minBytes = minBytesOfElement(element, isCompact)
  return (reader) => {
    const count = isCompact ? readUnsignedVarint(reader) - 1 : reader.int32()
    if (count < 0) return nullOf(field)
    if (count * minBytes > reader.remaining) {
      throw new MalformedRequest(`${path} announces ${count} elements, ${reader.remaining} bytes are left`)
    }
    reader.announce(count)
    const elements: unknown[] = []
    for (let index = 0; index < count; index += 1) elements.push(read(reader))
    return elements
  }
}

const fixed: Readonly<Record<Exclude<ScalarType, 'string' | 'bytes' | 'records'>, Read>> = {
  bool: (reader) => reader.int8() !== 0,
  int8: (reader) => reader.int8(),
  int16: (reader) => reader.int16(),
  uint16: (reader) => reader.uint16(),
  int32: (reader) => reader.int32(),
  uint32: (reader) => reader.uint32(),
  int64: (reader) => reader.int64(),
  float64: (reader) => reader.float64(),
  uuid: (reader) => reader.bytes(16).toString('base64url'),
}

function scalarReader(type: ScalarType, field: FieldLayout): Read {
  if (type === 'string') return stringReader(field)
  if (type === 'bytes' || type === 'records') return bytesReader(field)
  return fixed[type]
}

function stringReader(field: FieldLayout): Read {
  const { isCompact, path } = field
  return (reader) => {
    const length = isCompact ? readUnsignedVarint(reader) - 1 : reader.int16()
    if (length < 0) return nullOf(field)
    if (length > maxStringBytes) throw new MalformedRequest(`${path} announces a string of ${length} bytes`)
    return reader.text(length)
  }
}

function bytesReader(field: FieldLayout): Read {
  const { isCompact } = field
  return (reader) => {
    const length = isCompact ? readUnsignedVarint(reader) - 1 : reader.int32()
    return length < 0 ? nullOf(field) : reader.bytes(length)
  }
}

function nullOf({ isNullable, path }: FieldLayout): null {
  if (isNullable) return null
  throw new MalformedRequest(`${path} is null`)
}
