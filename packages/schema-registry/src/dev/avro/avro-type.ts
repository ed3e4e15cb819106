import type { Json, JsonObject } from '../schemas/json-value.js'

export const avroPrimitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
export type AvroPrimitive = (typeof avroPrimitives)[number]

/** Attributes that resolution does not look at: `doc`, `logicalType`, whatever a user added. */
interface Described {
  readonly extra: JsonObject
}

/** Names are full names: `namespace.name`. */
interface Named extends Described {
  readonly name: string
  readonly aliases: readonly string[]
}

export interface AvroField extends Described {
  readonly name: string
  readonly type: AvroType
  readonly aliases: readonly string[]
  /** A box, because a default may be null. */
  readonly default?: { readonly value: Json }
}

export interface AvroRecord extends Named {
  readonly kind: 'record'
  readonly isError: boolean
  /** Filled while it is parsed: a record may be used inside itself. */
  readonly fields: readonly AvroField[]
}

export interface AvroEnum extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly default?: string
}

export interface AvroFixed extends Named {
  readonly kind: 'fixed'
  readonly size: number
}

export type NamedAvroType = AvroRecord | AvroEnum | AvroFixed

/** A schema of Avro 1.11 as a graph: a use of a named type is the type itself. */
export type AvroType =
  | NamedAvroType
  | ({ readonly kind: AvroPrimitive } & Described)
  | ({ readonly kind: 'array'; readonly items: AvroType } & Described)
  | ({ readonly kind: 'map'; readonly values: AvroType } & Described)
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

export const isNamed = (type: AvroType): type is NamedAvroType =>
  type.kind === 'record' || type.kind === 'enum' || type.kind === 'fixed'

export const namespaceOf = (fullName: string): string => fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')))

/** Resolution compares this: two records of different namespaces are one to it (Avro 1.11, "Schema Resolution"). */
export const unqualified = (fullName: string): string => fullName.slice(fullName.lastIndexOf('.') + 1)
