import { checkSerdeOptions } from '../serde/check-serde-options.js'
import { createSchemaSerde } from '../serde/create-schema-serde.js'
import { schemaJson } from '../serde/schema-json.js'
import { defineSchema, type SchemaReferenceOption } from '../serde/schema-definition.js'
import type { SchemaSerde, SchemaSerdeOptions } from '../serde/schema-serde.js'
import { openJsonSchema } from './json-schema-codec.js'
import type { JsonSchemaValue } from './json-schema-types.js'

/** A schema as a literal, or the text of its file. */
export type JsonSchemaInput = boolean | object | string

export interface JsonSchemaOptions extends SchemaSerdeOptions {
  /** Schemas of other subjects, by the `$ref` that this one uses. */
  readonly references?: readonly SchemaReferenceOption[]
}

/**
 * JSON with a JSON Schema of the registry, in Confluent's wire format: draft 6, draft 7, 2019-09 or 2020-12. The type of the values
 * comes from a schema that is written as a literal; for any other schema say it: `jsonSchema<Order>(text)`. Values are checked in both
 * directions; `format` is not, and `default` fills nothing in.
 *
 * A value that breaks the schema throws `MILLRACE_VALIDATE_FAILED` (`MILLRACE_ENCODE_FAILED` where it is written) with places and
 * rules, never with values; bytes that are no framed JSON throw `MILLRACE_DECODE_FAILED`. `MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE` is an
 * outage: the record waits.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID`; what is wrong with the schema itself is told at the start
 * (`MILLRACE_SCHEMA_INVALID`)
 */
export function jsonSchema<const Schema extends boolean | { readonly [keyword: string]: unknown }>(
  schema: Schema,
  options?: JsonSchemaOptions,
): SchemaSerde<JsonSchemaValue<Schema>>
export function jsonSchema<Value = unknown>(schema: JsonSchemaInput, options?: JsonSchemaOptions): SchemaSerde<Value>
export function jsonSchema(schema: JsonSchemaInput, options: JsonSchemaOptions = {}): SchemaSerde<unknown> {
  checkSerdeOptions('jsonSchema', options)
  const definition = defineSchema('JSON', schemaJson('jsonSchema', schema), options.references)
  return createSchemaSerde({ name: 'JSON Schema', definition, open: () => openJsonSchema(definition) }, options)
}
