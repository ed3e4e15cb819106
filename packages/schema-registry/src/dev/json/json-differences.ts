import type { Difference } from '../schemas/difference.js'
import { isList, isObject, isSame, type Json, type JsonObject } from '../schemas/json-value.js'
import { boundDifferences } from './bound-differences.js'
import type { Comparison } from './comparison.js'
import { type JsonSchemaDocument, type PlacedSchema, resolved } from './json-schema-document.js'
import { objectDifferences } from './object-differences.js'
import { isAnnotation, restricts } from './restricts.js'

/**
 * Why a value that fits the writer's schema may not fit the reader's: each keyword that says more in the reader's. Covered are types,
 * enum and const, objects with open, closed and partly open content, lists, bounds, anyOf, oneOf, allOf and `$ref`; any other keyword may
 * go, but not come or change.
 */
export function jsonDifferences(reader: JsonSchemaDocument, writer: JsonSchemaDocument): Difference[] {
  const open = new Set<string>()
  const names = new Map<Json, number>()
  const nameOf = (schema: Json): number => {
    const name = names.get(schema) ?? names.size
    names.set(schema, name)
    return name
  }
  const at = (path: string): Comparison => ({
    path,
    inside: (step) => at(`${path}/${step}`),
    differ: (kind, description) => ({ kind, path, description }),
    compare(one, other) {
      const [read, written] = [resolved(one), resolved(other)]
      if (read === undefined || written === undefined)
        return [at(path).differ('SCHEMA_CHANGED', 'a $ref leads nowhere')]
      const pair = `${nameOf(read.schema)} ${nameOf(written.schema)}`
      // Inside itself a pair counts as compatible: the outer comparison decides.
      if (isObject(read.schema) && open.has(pair)) return []
      open.add(pair)
      try {
        return compareSchemas(read, written, at(path))
      } finally {
        open.delete(pair)
      }
    },
  })
  return at('#').compare({ schema: reader.root, document: reader }, { schema: writer.root, document: writer })
}

function compareSchemas(reader: PlacedSchema, writer: PlacedSchema, at: Comparison): Difference[] {
  if (!restricts(reader.schema) || writer.schema === false) return []
  if (!isObject(reader.schema)) return [at.differ('TYPE_CHANGED', 'the reader accepts nothing here')]
  const [readerWays, writerWays] = [waysOf(reader), waysOf(writer)]
  if (readerWays.length > 1 || writerWays.length > 1) {
    const unread = writerWays.filter((way) => !readerWays.some((one) => comparePlain(one, way, at).length === 0))
    if (unread.length === 0) return []
    return [at.differ('SUM_TYPE_NARROWED', `no alternative of the reader accepts ${unread.map(inShort).join(' or ')}`)]
  }
  return comparePlain(readerWays[0] ?? reader, writerWays[0] ?? writer, at)
}

/** The alternatives of a schema, one for each type and each branch of anyOf and oneOf; what stands beside them holds for each. */
function waysOf({ schema, document }: PlacedSchema): PlacedSchema[] {
  if (!isObject(schema)) return [{ schema, document }]
  const { anyOf, oneOf, type, ...rest } = schema
  if (isList(type)) return type.flatMap((one) => waysOf({ schema: { ...schema, type: one }, document }))
  const branches = isList(anyOf) ? anyOf : isList(oneOf) ? oneOf : undefined
  if (branches === undefined) return [{ schema, document }]
  const beside = type === undefined ? rest : { ...rest, type }
  return branches.flatMap((branch) => {
    const branchWays = waysOf(resolved({ schema: branch, document }) ?? { schema: branch, document })
    if (!restricts(beside)) return branchWays
    return branchWays.map((way) => ({
      schema: isObject(way.schema) ? { ...beside, ...way.schema } : way.schema,
      document: way.document,
    }))
  })
}

const inShort = ({ schema }: PlacedSchema): string => JSON.stringify(schema).slice(0, 80)

function comparePlain(reader: PlacedSchema, writer: PlacedSchema, at: Comparison): Difference[] {
  if (!restricts(reader.schema) || writer.schema === false) return []
  const [read, written] = [reader.schema, writer.schema]
  if (!isObject(read)) return [at.differ('TYPE_CHANGED', 'the reader accepts nothing here')]
  if (!isObject(written)) return [at.differ('TYPE_CHANGED', 'the writer may write anything here')]
  const types = typeDifferences(read, written, at)
  if (types.length > 0) return types
  return [
    ...valueDifferences(read, written, at),
    ...boundDifferences(read, written, at),
    ...objectDifferences(reader, writer, at),
    ...listDifferences(reader, writer, at),
    ...productDifferences(reader, writer, at),
    ...otherDifferences(read, written, at),
  ]
}

function typeDifferences(reader: JsonObject, writer: JsonObject, at: Comparison): Difference[] {
  const [read, written] = [reader['type'], writer['type']]
  if (read === undefined || read === written) return []
  if (read === 'number' && written === 'integer') return []
  // Values that are listed have types of their own.
  if (written === undefined && (writer['enum'] !== undefined || writer['const'] !== undefined)) {
    return valuesOf(writer)?.every((value) => isOfType(value, read)) === true ? [] : [typeChanged(read, written, at)]
  }
  if (read === 'integer' && written === 'number')
    return [at.differ('TYPE_NARROWED', 'the reader expects integers only')]
  return [typeChanged(read, written, at)]
}

const typeChanged = (read: Json, written: Json | undefined, at: Comparison): Difference =>
  at.differ('TYPE_CHANGED', `the reader expects ${JSON.stringify(read)}, not ${JSON.stringify(written ?? 'any type')}`)

function isOfType(value: Json, type: Json): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return isList(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

const valuesOf = ({ const: only, enum: some }: JsonObject): readonly Json[] | undefined =>
  only === undefined ? (isList(some) ? some : undefined) : [only]

function valueDifferences(reader: JsonObject, writer: JsonObject, at: Comparison): Difference[] {
  const [read, written] = [valuesOf(reader), valuesOf(writer)]
  if (read === undefined) return []
  const lost = written?.filter((value) => !read.some((one) => isSame(one, value)))
  if (lost?.length === 0) return []
  const what = lost === undefined ? 'the writer may write other values' : `the reader lacks ${JSON.stringify(lost)}`
  return [at.inside('enum').differ(lost === undefined ? 'ENUM_ARRAY_CHANGED' : 'ENUM_ARRAY_NARROWED', what)]
}

function listDifferences(reader: PlacedSchema, writer: PlacedSchema, at: Comparison): Difference[] {
  if (!isObject(reader.schema) || !isObject(writer.schema)) return []
  const [read, written] = [reader.schema['items'], writer.schema['items']]
  if (read === undefined) return []
  const inside = at.inside('items')
  if (isList(read) || isList(written)) {
    return isSame(read, written) ? [] : [inside.differ('ITEM_CHANGED', 'the items of a tuple are different ones')]
  }
  return inside.compare({ ...reader, schema: read }, { ...writer, schema: written ?? true })
}

/** Each part of the reader's allOf must be there in some part of the writer's, or in what stands beside it. */
function productDifferences(reader: PlacedSchema, writer: PlacedSchema, at: Comparison): Difference[] {
  const parts = isObject(reader.schema) ? reader.schema['allOf'] : undefined
  if (!isList(parts)) return []
  const written = isObject(writer.schema) ? writer.schema['allOf'] : undefined
  const offered = [writer, ...(isList(written) ? written : []).map((schema) => ({ ...writer, schema }))]
  return parts.flatMap((schema, index) => {
    const inside = at.inside(`allOf/${index}`)
    const isKept = offered.some((one) => inside.compare({ ...reader, schema }, one).length === 0)
    return isKept ? [] : [inside.differ('PRODUCT_TYPE_EXTENDED', 'the writer does not promise this part')]
  })
}

const compared = new Set(
  'type enum const properties patternProperties additionalProperties required items allOf anyOf oneOf $ref maxLength minLength maximum minimum exclusiveMaximum exclusiveMinimum maxItems minItems maxProperties minProperties multipleOf uniqueItems pattern'.split(
    ' ',
  ),
)

function otherDifferences(reader: JsonObject, writer: JsonObject, at: Comparison): Difference[] {
  const names = Object.keys(reader).filter((name) => !compared.has(name) && !isAnnotation(name))
  return names
    .filter((name) => !isSame(reader[name], writer[name]))
    .map((name) => at.inside(name).differ('SCHEMA_CHANGED', `"${name}" is not what the writer has`))
}
