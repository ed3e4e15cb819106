/**
 * The notation of the message tables: Kafka's definitions as plain data, from which the codec is compiled and the types of
 * bodies are inferred. Fields stand in wire order.
 */

/** As Kafka writes them: `3+`, `0-12`, `5`. */
export type Versions = `${number}+` | `${number}-${number}` | `${number}`

/** What a value is in JavaScript, by its type on the wire. */
interface Scalars {
  bool: boolean
  int8: number
  int16: number
  uint16: number
  int32: number
  uint32: number
  int64: bigint
  float64: number
  string: string
  /** Base64url without padding, 22 characters, as Kafka prints it. */
  uuid: string
  bytes: Buffer
  records: Buffer
}

export type ScalarType = keyof Scalars
export type FieldType = ScalarType | `[]${ScalarType}` | 'struct' | '[]struct'
export type DefaultValue = boolean | number | bigint | string | null

export interface FieldSpec {
  readonly type: FieldType
  /** Absent: in every version of the message. Elsewhere it is not on the wire and has its default. */
  readonly versions?: Versions
  /** Absent: never null. */
  readonly nullableVersions?: Versions
  /** In these versions it travels as a tagged field, and only where it differs from its default. */
  readonly taggedVersions?: Versions
  readonly tag?: number
  /** Absent: as the message. */
  readonly flexibleVersions?: Versions | 'none'
  /** Absent: 0, false, empty, no elements, the nil uuid; null for records. */
  readonly default?: DefaultValue
  /** Of a struct. */
  readonly fields?: Fields
}

export interface Fields {
  readonly [name: string]: FieldSpec
}

export interface Message<F extends Fields = Fields> {
  /** Kafka's: `FetchRequest`. */
  readonly name: string
  /** Null for what travels inside other messages. */
  readonly apiKey: number | null
  readonly type: 'request' | 'response' | 'data'
  /** The versions that are spoken here, first and last; Kafka may know more. */
  readonly validVersions: readonly [first: number, last: number]
  /** The first version with compact lengths and tagged fields. */
  readonly flexibleVersions: number | 'none'
  readonly fields: F
}

/** Declares a message and keeps the literal types of its fields. */
export const message = <const F extends Fields>(table: Message<F>): Message<F> => table

type Nullable<S extends FieldSpec, V> = S extends { readonly nullableVersions: Versions } ? V | null : V

type DecodedValue<S extends FieldSpec> = S['type'] extends ScalarType
  ? Scalars[S['type']]
  : S['type'] extends `[]${infer E extends ScalarType}`
    ? Scalars[E][]
    : S extends { readonly type: 'struct'; readonly fields: infer F extends Fields }
      ? DecodedFields<F>
      : S extends { readonly type: '[]struct'; readonly fields: infer F extends Fields }
        ? DecodedFields<F>[]
        : unknown

type DecodedFields<F extends Fields> = { -readonly [K in keyof F]: Nullable<F[K], DecodedValue<F[K]>> }

type EncodableValue<S extends FieldSpec> = S['type'] extends ScalarType
  ? Scalars[S['type']]
  : S['type'] extends `[]${infer E extends ScalarType}`
    ? readonly Scalars[E][]
    : S extends { readonly type: 'struct'; readonly fields: infer F extends Fields }
      ? EncodableFields<F>
      : S extends { readonly type: '[]struct'; readonly fields: infer F extends Fields }
        ? readonly EncodableFields<F>[]
        : unknown

type MayBeAbsent =
  | { readonly versions: Versions }
  | { readonly taggedVersions: Versions }
  | { readonly default: DefaultValue }

type OptionalKey<F extends Fields> = { [K in keyof F]: F[K] extends MayBeAbsent ? K : never }[keyof F]

type EncodableFields<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKey<F>>]: Nullable<F[K], EncodableValue<F[K]>>
} & { readonly [K in OptionalKey<F>]?: Nullable<F[K], EncodableValue<F[K]>> | undefined }

/** A body as it is read: every field is there, with its default where the version has none. */
export type Decoded<M extends Message> = M extends Message<infer F> ? DecodedFields<F> : never
/** A body as it can be written: what not every version has, what is tagged, and what has a default may be left out. */
export type Encodable<M extends Message> = M extends Message<infer F> ? EncodableFields<F> : never
