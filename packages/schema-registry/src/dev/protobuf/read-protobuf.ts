import { type Json, sorted } from '../schemas/json-value.js'
import type { ProtobufSchema, ReferencedText } from '../schemas/parsed-schema.js'
import { messagesOf, type ProtoFile } from './proto-file.js'
import { protoFromDescriptor } from './proto-from-descriptor.js'
import { protoFromText } from './proto-from-text.js'
import { protoText } from './proto-text.js'
import { protoToDescriptor } from './proto-to-descriptor.js'

/** Parses a .proto file, as text or as base64 of its descriptor, together with those it imports. Throws InvalidSchema. */
export function readProtobuf(schema: string, references: readonly ReferencedText[]): ProtobufSchema {
  const text = textOf(schema)
  const others = references.map(({ name, text: other }) => ({ name, text: textOf(other) }))
  const file = protoFromText(text, others)
  const imported = others.map((one, index) => protoFromText(one.text, others.slice(0, index)))
  const canonical = JSON.stringify(inOrder(file))
  return {
    type: 'PROTOBUF',
    text,
    canonical,
    normalized: JSON.stringify(sorted(JSON.parse(canonical))),
    proto: { file, messages: new Map([...imported, file].flatMap(messagesOf)) },
    serialized: protoToDescriptor(file),
  }
}

/** A descriptor is written out first: then one parser decides what is valid. */
function textOf(schema: string): string {
  const described = protoFromDescriptor(schema)
  return described === undefined ? schema : protoText(described)
}

/** Fields by number: in which order they are written says nothing. */
function inOrder(file: ProtoFile): Json {
  const fields = (name: string, value: unknown): unknown =>
    name === 'fields' && Array.isArray(value) ? value.toSorted((one, other) => one.number - other.number) : value
  return JSON.parse(JSON.stringify(file, fields))
}
