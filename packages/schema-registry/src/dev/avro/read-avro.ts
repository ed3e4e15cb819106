import { type Json, parseJson, sorted } from '../schemas/json-value.js'
import { type AvroSchema, InvalidSchema, type ReferencedText } from '../schemas/parsed-schema.js'
import { createAvroNames, isPrimitive } from './avro-names.js'
import { type AvroType, isNamed } from './avro-type.js'
import { parseAvro } from './parse-avro.js'
import { writeAvro } from './write-avro.js'

/** Parses an Avro schema together with those it refers to. Throws InvalidSchema. */
export function readAvro(text: string, references: readonly ReferencedText[]): AvroSchema {
  const names = createAvroNames()
  const known = new Set<string>()
  for (const reference of references) {
    for (const type of namesIn(parseAvro(jsonOf(reference.text), names))) known.add(type)
  }
  const avro = parseAvro(jsonOf(text), names)
  const written = writeAvro(avro, known)
  const canonical = JSON.stringify(written)
  return { type: 'AVRO', text: canonical, canonical, normalized: JSON.stringify(sorted(written)), avro }
}

/** A bare name is a schema too, and no JSON. */
function jsonOf(text: string): Json {
  const parsed = parseJson(text)
  if (parsed !== undefined) return parsed.value
  if (isPrimitive(text.trim())) return text.trim()
  throw new InvalidSchema(`the text is not JSON: ${text.slice(0, 100)}`)
}

/** The names that a schema defines: its own and those inside. */
function namesIn(type: AvroType, found = new Set<string>()): Set<string> {
  if (type.kind === 'union') for (const branch of type.branches) namesIn(branch, found)
  else if (type.kind === 'array') namesIn(type.items, found)
  else if (type.kind === 'map') namesIn(type.values, found)
  else if (isNamed(type) && !found.has(type.name)) {
    found.add(type.name)
    if (type.kind === 'record') for (const field of type.fields) namesIn(field.type, found)
  }
  return found
}
