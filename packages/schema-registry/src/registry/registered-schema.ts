/** The three formats, as the registry calls them. */
export type SchemaType = 'AVRO' | 'JSON' | 'PROTOBUF'

/** A schema that another one refers to by `name`, as the registry keeps it. */
export interface SchemaReference {
  /** As the schema writes it: an Avro full name, a `$ref` of JSON Schema, an import of Protobuf. */
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** What is looked up, checked and registered. */
export interface SchemaText {
  readonly type: SchemaType
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/** A schema that was read from the registry, with everything it refers to, deepest first. */
export interface RegisteredSchema extends SchemaText {
  readonly referenced: readonly ReferencedText[]
}

export interface ReferencedText {
  readonly name: string
  readonly text: string
}

const schemaTypes: readonly SchemaType[] = ['AVRO', 'JSON', 'PROTOBUF']

/** Reads an answer; undefined where it is none. A registry leaves the type out for Avro. */
export function readSchema(body: unknown): SchemaText | undefined {
  if (typeof body !== 'object' || body === null || !('schema' in body) || typeof body.schema !== 'string')
    return undefined
  const given = 'schemaType' in body && typeof body.schemaType === 'string' ? body.schemaType : 'AVRO'
  const type = schemaTypes.find((one) => one === given)
  const references = 'references' in body && Array.isArray(body.references) ? body.references.map(readReference) : []
  if (type === undefined || references.includes(undefined)) return undefined
  return { type, text: body.schema, references: references.filter((one) => one !== undefined) }
}

function readReference(body: unknown): SchemaReference | undefined {
  if (typeof body !== 'object' || body === null || !('name' in body) || !('subject' in body) || !('version' in body))
    return undefined
  const { name, subject, version } = body
  return typeof name === 'string' && typeof subject === 'string' && typeof version === 'number'
    ? { name, subject, version }
    : undefined
}

/** A number of an answer, such as an id. */
export function readNumber(body: unknown, name: 'id' | 'version'): number | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}
