import type { SerdeContext } from '@millrace/core'
import type { ReferencedText, RegisteredSchema } from '../registry/registered-schema.js'
import type { SchemaDefinition } from './schema-definition.js'

/** A schema with what it refers to: enough to parse it. */
export interface SchemaSource {
  readonly text: string
  readonly referenced: readonly ReferencedText[]
}

/** Reads a framed value: the payload begins after the five bytes of the frame. */
export type Read<Out> = (bytes: Buffer, context: SerdeContext) => Out

/** One of our schemas, parsed. What it throws about bytes and values never holds parts of them. */
export interface SchemaCodec<Out, In> {
  /** What the record strategies call the schema; undefined where it has no name. */
  readonly recordName: string | undefined
  /** Makes the framed bytes. Throws where the value does not fit the schema. */
  encode(value: In, id: number): Buffer
  /** How values of a writer's schema are read as ours. Throws where they can't be. */
  readerOf(writer: RegisteredSchema): Read<Out>
}

export interface SchemaFormat<Out, In> {
  /** What errors call it. */
  readonly name: 'Avro' | 'JSON Schema' | 'Protobuf'
  readonly definition: SchemaDefinition
  /** Loads the library of the format, which takes some 20 ms, and parses the schema. */
  open(): Promise<SchemaCodec<Out, In>>
}
