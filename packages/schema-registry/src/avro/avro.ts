import { checkSerdeOptions } from '../serde/check-serde-options.js'
import { createSchemaSerde } from '../serde/create-schema-serde.js'
import { defineSchema } from '../serde/schema-definition.js'
import type { SchemaSerde, SchemaSerdeOptions } from '../serde/schema-serde.js'
import { schemaJson } from '../serde/schema-json.js'
import { openAvro } from './avro-codec.js'
import type { AvroValue, NamedType } from './avro-types.js'

/** A schema as a literal, or the text of an `.avsc` file. */
export type AvroSchema = string | readonly unknown[] | { readonly type: unknown }

export interface AvroReference {
  /** The full name of the type, as the schema mentions it. */
  readonly name: string
  /** Where the referenced schema is registered. */
  readonly subject: string
  readonly schema: SchemaSerde<unknown, never>
}

export interface AvroOptions<References extends readonly AvroReference[] = readonly AvroReference[]>
  extends SchemaSerdeOptions {
  /** Types of other subjects that this schema mentions by name. */
  readonly references?: References
}

type KnownIn<References extends readonly AvroReference[]> = {
  [At in keyof References]: References[At] extends {
    readonly name: infer Name extends string
    readonly schema: SchemaSerde<infer Out, infer In>
  }
    ? { readonly name: Name; readonly out: Out; readonly in: In }
    : never
}[number] &
  NamedType

/**
 * Avro in Confluent's wire format. The types of the values come from a schema that is written as a literal; for any other schema say
 * them: `avro<Order>(text)`. A record of another writer's schema is read as this one (defaults, aliases, promotions).
 *
 * `bytes` and `fixed` are Buffers; logical types are what stands below them; a `long` beyond 2^53 does not decode. A value that does
 * not decode throws `MILLRACE_DECODE_FAILED` with its reason; one that does not fit throws `MILLRACE_ENCODE_FAILED` with the paths.
 * `MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE` is an outage: the record waits.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID`; what is wrong with the schema itself is told at the start
 * (`MILLRACE_SCHEMA_INVALID`)
 */
export function avro<const Schema extends AvroSchema, const References extends readonly AvroReference[] = []>(
  schema: Schema,
  options?: AvroOptions<References>,
): SchemaSerde<AvroValue<Schema, 'out', KnownIn<References>>, AvroValue<Schema, 'in', KnownIn<References>>>
export function avro<Out, In = Out>(schema: AvroSchema, options?: AvroOptions): SchemaSerde<Out, In>
export function avro(schema: AvroSchema, options: AvroOptions = {}): unknown {
  checkSerdeOptions('avro', options)
  const definition = defineSchema('AVRO', schemaJson('avro', schema), options.references)
  return createSchemaSerde({ name: 'Avro', definition, open: () => openAvro(definition) }, options)
}
