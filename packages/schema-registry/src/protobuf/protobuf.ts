import { fail } from '@millrace/core'
import { checkSerdeOptions } from '../serde/check-serde-options.js'
import { createSchemaSerde } from '../serde/create-schema-serde.js'
import { defineSchema, type SchemaReferenceOption } from '../serde/schema-definition.js'
import type { SchemaSerde, SchemaSerdeOptions } from '../serde/schema-serde.js'
import { openProtobuf } from './protobuf-codec.js'

export interface ProtobufOptions extends SchemaSerdeOptions {
  /** Files of other subjects, by the path that this one imports. Those of Protobuf itself need no reference. */
  readonly references?: readonly SchemaReferenceOption[]
}

/**
 * Protobuf in Confluent's wire format, with the list that says which message of the file a record holds. `schema` is the text of a
 * `.proto` file; `messageName` is one of its messages (`Order`, `acme.Order`, `Order.Line`), the first where it is left out. TypeScript
 * can't read a `.proto` file, so the type is said: `protobuf<Order>(text, 'Order')`.
 *
 * Names of fields are in camelCase, enums are their names, 64-bit integers are text, bytes are Buffers; reading fills empty fields in.
 * A value that does not decode throws `MILLRACE_DECODE_FAILED` with its reason, and so does another message of the file; one that does
 * not fit throws `MILLRACE_ENCODE_FAILED`. `MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE` is an outage: the record waits.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID`; what is wrong with the schema itself is told at the start
 * (`MILLRACE_SCHEMA_INVALID`)
 */
export function protobuf<Out extends object = Record<string, unknown>, In extends object = Partial<Out>>(
  schema: string,
  messageName?: string,
  options: ProtobufOptions = {},
): SchemaSerde<Out, In> {
  checkSerdeOptions('protobuf', options)
  if (typeof schema !== 'string') {
    const problem = { where: 'protobuf(schema)', problem: `is ${typeof schema}`, fix: 'pass the text of a .proto file' }
    throw fail('MILLRACE_OPTIONS_INVALID', { problems: [problem] })
  }
  const definition = defineSchema('PROTOBUF', schema, options.references)
  const open = () => openProtobuf(definition, messageName)
  // The declared types are the user's word for what the file says: nothing here can check them.
  return createSchemaSerde({ name: 'Protobuf', definition, open }, options) as unknown as SchemaSerde<Out, In>
}
