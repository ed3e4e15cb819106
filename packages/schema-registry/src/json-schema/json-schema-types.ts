/** What TypeScript makes of a JSON Schema written as a literal; `unknown` where it can not say. */
export type JsonSchemaValue<Schema> = 0 extends 1 & Schema ? unknown : ValueOf<Schema, Schema>

type ValueOf<Schema, Root> = Schema extends true
  ? unknown
  : Schema extends false
    ? never
    : Schema extends { readonly $ref: infer Ref }
      ? RefValue<Ref, Root>
      : Schema extends { readonly const: infer Value }
        ? Value
        : Schema extends { readonly enum: readonly (infer Value)[] }
          ? Value
          : Schema extends { readonly anyOf: readonly (infer Branch)[] } | { readonly oneOf: readonly (infer Branch)[] }
            ? Each<Branch, Root>
            : Schema extends { readonly allOf: infer Branches extends readonly unknown[] }
              ? All<Branches, Root>
              : Schema extends { readonly type: infer Type }
                ? Type extends readonly (infer One)[]
                  ? Typed<One, Schema, Root>
                  : Typed<Type, Schema, Root>
                : Schema extends { readonly properties: object }
                  ? ObjectValue<Schema, Root>
                  : unknown

type Each<Branch, Root> = Branch extends unknown ? ValueOf<Branch, Root> : never
type All<Branches, Root> = Branches extends readonly [infer First, ...infer Rest]
  ? ValueOf<First, Root> & All<Rest, Root>
  : unknown

type Typed<Type, Schema, Root> = Type extends 'string'
  ? string
  : Type extends 'number' | 'integer'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'null'
        ? null
        : Type extends 'array'
          ? ArrayValue<Schema, Root>
          : Type extends 'object'
            ? ObjectValue<Schema, Root>
            : unknown

type ArrayValue<Schema, Root> = Schema extends { readonly prefixItems: infer Items extends readonly unknown[] }
  ? TupleValue<Items, Root>
  : Schema extends { readonly items: infer Items }
    ? Items extends readonly unknown[]
      ? TupleValue<Items, Root>
      : ValueOf<Items, Root>[]
    : unknown[]
/** Without further rules a tuple may be shorter, and longer. */
type TupleValue<Items extends readonly unknown[], Root> = [
  ...Partial<{ -readonly [At in keyof Items]: ValueOf<Items[At], Root> }>,
  ...unknown[],
]

type ObjectValue<Schema, Root> = Flat<
  { [Key in Extract<keyof PropertiesOf<Schema>, RequiredOf<Schema>>]: ValueOf<PropertiesOf<Schema>[Key], Root> } & {
    [Key in Exclude<keyof PropertiesOf<Schema>, RequiredOf<Schema>>]?: ValueOf<PropertiesOf<Schema>[Key], Root>
  } & { [Key in Exclude<RequiredOf<Schema>, keyof PropertiesOf<Schema>>]: unknown } & OtherProperties<Schema, Root>
>
type PropertiesOf<Schema> = Schema extends { readonly properties: infer Properties } ? Mutable<Properties> : {}
type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name extends string)[] } ? Name : never

/**
 * Further properties get an index signature only where the schema gives them a type of their own and names no others: TypeScript has no
 * "all but these".
 */
type OtherProperties<Schema, Root> = keyof PropertiesOf<Schema> extends never
  ? Schema extends { readonly additionalProperties: infer Other }
    ? Other extends false
      ? {}
      : { [key: string]: ValueOf<Other, Root> }
    : { [key: string]: unknown }
  : {}

type RefValue<Ref, Root> = Ref extends '#'
  ? ValueOf<Root, Root>
  : Ref extends `#/${infer Path}`
    ? At<Root, Path> extends infer Target
      ? ValueOf<Target, Root>
      : never
    : unknown
type At<Node, Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? Head extends keyof Node
    ? At<Node[Head], Rest>
    : never
  : Path extends keyof Node
    ? Node[Path]
    : never

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }
type Flat<Shape> = { [Key in keyof Shape]: Shape[Key] }
