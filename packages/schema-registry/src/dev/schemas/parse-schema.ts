import { readAvro } from '../avro/read-avro.js'
import { readJsonSchema } from '../json/read-json-schema.js'
import type { ParsedSchema, ReferencedText, SchemaType } from './parsed-schema.js'

/** Parses a schema together with those it refers to, the deepest first. Throws InvalidSchema. */
export async function parseSchema(
  type: SchemaType,
  text: string,
  references: readonly ReferencedText[],
): Promise<ParsedSchema> {
  switch (type) {
    case 'AVRO':
      return readAvro(text, references)
    case 'JSON':
      return readJsonSchema(text, references)
    case 'PROTOBUF': {
      // Loaded on first use, as the validator of JSON Schema is: it takes longer than all the rest of a start.
      const { readProtobuf } = await import('../protobuf/read-protobuf.js')
      return readProtobuf(text, references)
    }
  }
}
