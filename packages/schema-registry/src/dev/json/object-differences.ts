import type { Difference } from '../schemas/difference.js'
import { isList, isObject, type Json, type JsonObject } from '../schemas/json-value.js'
import type { Comparison } from './comparison.js'
import type { PlacedSchema } from './json-schema-document.js'
import { restricts } from './restricts.js'

/**
 * What became of the properties. The content model decides: *open* (any other property, of any type), *closed*
 * (`additionalProperties: false`) or *partly open* (others must fit a schema). A property may come to a model that is not open, since
 * nobody can have written another one by its name, and may go from one that is open or whose schema covers it.
 */
export function objectDifferences(reader: PlacedSchema, writer: PlacedSchema, at: Comparison): Difference[] {
  if (!isObject(reader.schema) || !isObject(writer.schema)) return []
  const [read, written] = [contentOf(reader.schema), contentOf(writer.schema)]
  const names = [...new Set([...Object.keys(written.properties), ...Object.keys(read.properties)])]
  const place = (schema: Json, of: PlacedSchema): PlacedSchema => ({ schema, document: of.document })
  return [
    ...names.flatMap((name) => {
      const inside = at.inside(`properties/${name}`)
      const [mine, theirs] = [own(read.properties, name), own(written.properties, name)]
      if (mine === undefined) {
        if (theirs === undefined) return []
        return removed(place(theirs, writer), { content: read, name, of: reader }, inside)
      }
      if (theirs === undefined) return added(place(mine, reader), { content: written, name, of: writer, read }, inside)
      return [
        ...inside.compare(place(mine, reader), place(theirs, writer)),
        ...nowRequired(name, { read, written, schema: mine }, at.inside(`required/${name}`)),
      ]
    }),
    ...requiredUnnamed(read, written, at),
    ...othersDifferences(reader, writer, at),
  ]
}

interface Content {
  readonly properties: JsonObject
  readonly patterns: JsonObject
  readonly others: Json
  readonly required: readonly string[]
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : [])
const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

const contentOf = (schema: JsonObject): Content => ({
  properties: objectOf(schema['properties']),
  patterns: objectOf(schema['patternProperties']),
  others: schema['additionalProperties'] ?? true,
  required: listOf(schema['required']).filter((name) => typeof name === 'string'),
})

const isOpen = ({ patterns, others }: Content): boolean => Object.keys(patterns).length === 0 && !restricts(others)

/** What a property must be that is not named, or false where there may be none. */
function schemaForOther({ patterns, others }: Content, name: string): Json {
  const match = Object.entries(patterns).find(([pattern]) => new RegExp(pattern, 'u').test(name))
  return match?.[1] ?? others
}

const hasDefault = (schema: Json): boolean => isObject(schema) && schema['default'] !== undefined

function removed(
  theirs: PlacedSchema,
  { content, name, of }: { content: Content; name: string; of: PlacedSchema },
  at: Comparison,
): Difference[] {
  if (isOpen(content) || theirs.schema === false) return []
  const covering = schemaForOther(content, name)
  if (covering === false) {
    const what = `the reader's closed object no longer has the property '${name}'`
    return [at.differ('PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL', what)]
  }
  if (at.compare({ schema: covering, document: of.document }, theirs).length === 0) return []
  const what = `what the reader allows beside its properties does not cover '${name}'`
  return [at.differ('PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', what)]
}

function added(
  mine: PlacedSchema,
  { content, name, of, read }: { content: Content; name: string; of: PlacedSchema; read: Content },
  at: Comparison,
): Difference[] {
  if (isOpen(content)) {
    if (!restricts(mine.schema)) return required(name, read, mine, at)
    const what = `the writer's open object may hold a '${name}' of any type`
    return [at.differ('PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL', what)]
  }
  const covering = schemaForOther(content, name)
  if (covering !== false && at.compare(mine, { schema: covering, document: of.document }).length > 0) {
    const what = `the writer may write a '${name}' that the reader does not accept`
    return [at.differ('PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', what)]
  }
  return required(name, read, mine, at)
}

function required(name: string, read: Content, { schema }: PlacedSchema, at: Comparison): Difference[] {
  if (!read.required.includes(name) || hasDefault(schema)) return []
  const what = `the property '${name}' is required, has no default, and the writer did not have it`
  return [at.differ('REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL', what)]
}

function nowRequired(
  name: string,
  { read, written, schema }: { read: Content; written: Content; schema: Json },
  at: Comparison,
): Difference[] {
  if (!read.required.includes(name) || written.required.includes(name) || hasDefault(schema)) return []
  return [at.differ('REQUIRED_ATTRIBUTE_ADDED', `the property '${name}' became required and has no default`)]
}

/** Required without a schema of its own. */
function requiredUnnamed(read: Content, written: Content, at: Comparison): Difference[] {
  return read.required
    .filter((name) => own(read.properties, name) === undefined)
    .filter((name) => !written.required.includes(name))
    .map((name) => at.inside('required').differ('REQUIRED_ATTRIBUTE_ADDED', `the property '${name}' became required`))
}

function othersDifferences(reader: PlacedSchema, writer: PlacedSchema, at: Comparison): Difference[] {
  const [read, written] = [contentOf(objectOf(reader.schema)), contentOf(objectOf(writer.schema))]
  if (!restricts(read.others)) return []
  const inside = at.inside('additionalProperties')
  if (!restricts(written.others)) {
    const [kind, what] =
      read.others === false
        ? ['ADDITIONAL_PROPERTIES_REMOVED', 'the reader no longer allows other properties']
        : ['ADDITIONAL_PROPERTIES_NARROWED', 'the reader no longer allows other properties of any type']
    return [inside.differ(kind, what)]
  }
  return inside.compare({ ...reader, schema: read.others }, { ...writer, schema: written.others })
}
