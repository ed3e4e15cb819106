import type { AvroType } from '../avro/avro-type.js'
import type { JsonSchemaDocument } from '../json/json-schema-document.js'
import type { ProtoDocument } from '../protobuf/proto-file.js'

export const schemaTypes = ['JSON', 'PROTOBUF', 'AVRO'] as const
export type SchemaType = (typeof schemaTypes)[number]

/** A schema that another one builds on: the name it is used by there, and where it is registered. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** What a reference stands for, as text; the ones that it builds on itself come before it. */
export interface ReferencedText {
  readonly name: string
  readonly text: string
}

interface Texts {
  /** What the registry gives back. */
  readonly text: string
  /** Equal for schemas that differ in spacing alone: they are one schema with one id. */
  readonly canonical: string
  /** Equal for schemas that differ in the order of attributes too: what `normalize=true` compares and keeps. */
  readonly normalized: string
}

export interface AvroSchema extends Texts {
  readonly type: 'AVRO'
  readonly avro: AvroType
}
export interface JsonSchema extends Texts {
  readonly type: 'JSON'
  readonly json: JsonSchemaDocument
}
export interface ProtobufSchema extends Texts {
  readonly type: 'PROTOBUF'
  readonly proto: ProtoDocument
  /** Base64 of its FileDescriptorProto: what `?format=serialized` answers. */
  readonly serialized: string
}

export type ParsedSchema = AvroSchema | JsonSchema | ProtobufSchema

/** Why a text is no schema. The registry answers it as 42201. */
export class InvalidSchema extends Error {
  override readonly name = 'InvalidSchema'
}
