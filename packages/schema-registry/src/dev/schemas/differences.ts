import { avroDifferences } from '../avro/avro-differences.js'
import { jsonDifferences } from '../json/json-differences.js'
import { protoDifferences } from '../protobuf/proto-differences.js'
import type { Difference } from './difference.js'
import type { ParsedSchema } from './parsed-schema.js'

/** Why what was written with one schema can't be read with another. Empty where it can. */
export function differences(reader: ParsedSchema, writer: ParsedSchema): Difference[] {
  if (reader.type === 'AVRO' && writer.type === 'AVRO') return avroDifferences(reader.avro, writer.avro)
  if (reader.type === 'JSON' && writer.type === 'JSON') return jsonDifferences(reader.json, writer.json)
  if (reader.type === 'PROTOBUF' && writer.type === 'PROTOBUF') return protoDifferences(reader.proto, writer.proto)
  return [{ kind: 'SCHEMA_TYPE_CHANGED', path: '/', description: `${reader.type} does not read ${writer.type}` }]
}
