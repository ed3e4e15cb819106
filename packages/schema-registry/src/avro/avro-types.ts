/** What TypeScript makes of an Avro schema written as a literal. Logical types have the type that stands below them. */

/** Reading gives every field; writing may leave out those that have a default. */
export type Direction = 'out' | 'in'

/** A named type that a schema may mention without defining it. */
export interface NamedType {
  readonly name: string
  readonly out: unknown
  readonly in: unknown
}

interface Primitives {
  null: null
  boolean: boolean
  int: number
  long: number
  float: number
  double: number
  bytes: Buffer
  string: string
}

/** The type of a value of a schema; `unknown` where the schema is not a literal. */
export type AvroValue<Schema, Way extends Direction, Known extends NamedType = never> =
  IsAny<Schema> extends true ? unknown : ValueOf<Schema, '', { way: Way; types: TypesIn<Schema, ''>; known: Known }>

/** `any` would take every branch of every condition below, without end. */
type IsAny<Type> = 0 extends 1 & Type ? true : false

interface Scope {
  way: Direction
  /** The named types that the schema itself defines. */
  types: unknown
  known: NamedType
}

type ValueOf<Schema, Space extends string, In extends Scope> = Schema extends string
  ? NameValue<Schema, Space, In>
  : Schema extends readonly unknown[]
    ? UnionValue<Schema, Space, In>
    : Schema extends { readonly type: 'record' | 'error'; readonly fields: readonly (infer Field)[] }
      ? RecordValue<Field, SpaceOf<Schema, Space>, In>
      : Schema extends { readonly type: 'enum'; readonly symbols: readonly (infer Symbol)[] }
        ? Symbol
        : Schema extends { readonly type: 'fixed' }
          ? Buffer
          : Schema extends { readonly type: 'array'; readonly items: infer Items }
            ? ArrayOf<ValueOf<Items, Space, In>, In['way']>
            : Schema extends { readonly type: 'map'; readonly values: infer Values }
              ? MapOf<ValueOf<Values, Space, In>, In['way']>
              : Schema extends { readonly type: infer Inner }
                ? ValueOf<Inner, Space, In>
                : unknown

type ArrayOf<Value, Way> = Way extends 'out' ? Value[] : readonly Value[]
type MapOf<Value, Way> = Way extends 'out' ? Record<string, Value> : Readonly<Record<string, Value>>

type NameValue<Name extends string, Space extends string, In extends Scope> = string extends Name
  ? unknown
  : Name extends keyof Primitives
    ? Primitives[Name]
    : Defined<Qualified<Name, Space>, In> extends infer Found extends Definition
      ? [Found] extends [never]
        ? KnownValue<Qualified<Name, Space> | Name, In>
        : ValueOf<Found['schema'], Found['space'], In>
      : never

type Defined<Name, In extends Scope> = Extract<In['types'], { name: Name }>
type KnownValue<Name, In extends Scope> =
  Extract<In['known'], { name: Name }> extends infer Found extends NamedType
    ? [Found] extends [never]
      ? unknown
      : Found[In['way']]
    : never

type RecordValue<Field, Space extends string, In extends Scope> = In['way'] extends 'out'
  ? { [One in Field as FieldName<One>]: FieldValue<One, Space, In> }
  : Flat<
      { readonly [One in Exclude<Field, WithDefault> as FieldName<One>]: FieldValue<One, Space, In> } & {
        readonly [One in Extract<Field, WithDefault> as FieldName<One>]?: FieldValue<One, Space, In> | undefined
      }
    >
interface WithDefault {
  readonly default: unknown
}
type FieldName<Field> = Field extends { readonly name: infer Name extends string } ? Name : never
type FieldValue<Field, Space extends string, In extends Scope> = Field extends { readonly type: infer Type }
  ? ValueOf<Type, Space, In>
  : unknown
type Flat<Shape> = { [Key in keyof Shape]: Shape[Key] }

/**
 * A union is its branches. Where two of them look alike in JavaScript (two records, int and double, ...), a value other than null
 * is an object with the branch's name: `{ 'com.acme.Card': card }`.
 */
type UnionValue<Branches extends readonly unknown[], Space extends string, In extends Scope> =
  LooksAlike<Branches, Space, In> extends true
    ? Branches[number] extends infer Branch
      ? Branch extends 'null'
        ? null
        : Branch extends unknown
          ? { [Key in BranchName<Branch, Space>]: ValueOf<Branch, Space, In> }
          : never
      : never
    : Branches[number] extends infer Branch
      ? Branch extends unknown
        ? ValueOf<Branch, Space, In>
        : never
      : never

type LooksAlike<
  Branches extends readonly unknown[],
  Space extends string,
  In extends Scope,
  Seen = never,
> = Branches extends readonly [infer First, ...infer Rest]
  ? Look<First, Space, In> extends Seen
    ? true
    : LooksAlike<Rest, Space, In, Seen | Look<First, Space, In>>
  : false

/** The groups in which avsc can't tell branches apart. */
type Look<Branch, Space extends string, In extends Scope> = Branch extends 'int' | 'long' | 'float' | 'double'
  ? 'number'
  : Branch extends 'bytes' | { readonly type: 'fixed' }
    ? 'bytes'
    : Branch extends 'string' | { readonly type: 'enum' }
      ? 'string'
      : Branch extends 'null' | 'boolean'
        ? Branch
        : Branch extends { readonly type: 'record' | 'error' | 'map' }
          ? 'object'
          : Branch extends { readonly type: 'array' }
            ? 'array'
            : Branch extends { readonly type: infer Inner }
              ? Look<Inner, Space, In>
              : Branch extends string
                ? Defined<Qualified<Branch, Space>, In> extends infer Found extends Definition
                  ? [Found] extends [never]
                    ? 'object'
                    : Look<Found['schema'], Space, In>
                  : never
                : Branch

type BranchName<Branch, Space extends string> = Branch extends string
  ? Branch extends keyof Primitives
    ? Branch
    : Qualified<Branch, Space>
  : Branch extends { readonly name: string }
    ? FullName<Branch, Space>
    : Branch extends { readonly type: infer Inner extends string }
      ? Inner
      : never

interface Definition {
  name: string
  schema: unknown
  space: string
}

/** Every named type of a schema, with its full name and the namespace inside of it. */
type TypesIn<Schema, Space extends string> = Schema extends readonly unknown[]
  ? TypesIn<Schema[number], Space>
  : Schema extends { readonly type: 'record' | 'error'; readonly fields: readonly (infer Field)[] }
    ? DefinitionOf<Schema, Space> | TypesInField<Field, SpaceOf<Schema, Space>>
    : Schema extends { readonly type: 'enum' | 'fixed' }
      ? DefinitionOf<Schema, Space>
      : Schema extends { readonly type: 'array'; readonly items: infer Items }
        ? TypesIn<Items, Space>
        : Schema extends { readonly type: 'map'; readonly values: infer Values }
          ? TypesIn<Values, Space>
          : Schema extends { readonly type: infer Inner extends object }
            ? TypesIn<Inner, Space>
            : never
type TypesInField<Field, Space extends string> = Field extends { readonly type: infer Type }
  ? TypesIn<Type, Space>
  : never
interface DefinitionOf<Schema, Space extends string> extends Definition {
  name: FullName<Schema, Space>
  schema: Schema
  space: SpaceOf<Schema, Space>
}

/** "Names" in the specification of Avro: a dotted name is full; else the namespace of the type itself or around it counts. */
type FullName<Schema, Space extends string> = Schema extends { readonly name: infer Name extends string }
  ? Name extends `${string}.${string}`
    ? Name
    : Joined<Schema extends { readonly namespace: infer Own extends string } ? Own : Space, Name>
  : never
type SpaceOf<Schema, Space extends string> = Schema extends { readonly name: `${infer Head}.${infer Rest}` }
  ? ParentOf<`${Head}.${Rest}`>
  : Schema extends { readonly namespace: infer Own extends string }
    ? Own
    : Space
type Qualified<Name extends string, Space extends string> = Name extends `${string}.${string}`
  ? Name
  : Joined<Space, Name>
type Joined<Space extends string, Name extends string> = Space extends '' ? Name : `${Space}.${Name}`
type ParentOf<Name extends string, Before extends string = ''> = Name extends `${infer Head}.${infer Rest}`
  ? ParentOf<Rest, Joined<Before, Head>>
  : Before
