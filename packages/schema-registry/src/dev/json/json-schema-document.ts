import { isList, isObject, type Json } from '../schemas/json-value.js'

/** A JSON Schema, and the documents that its `$ref`s may lead to. */
export interface JsonSchemaDocument {
  readonly root: Json
  readonly others: ReadonlyMap<string, JsonSchemaDocument>
}

/** A schema inside a document: where it stands decides what its `$ref`s mean. */
export interface PlacedSchema {
  readonly schema: Json
  readonly document: JsonSchemaDocument
}

const mostHops = 100

/** The schema itself, at the end of its `$ref`s. Undefined where one leads nowhere or in a circle. */
export function resolved(from: PlacedSchema): PlacedSchema | undefined {
  let at: PlacedSchema | undefined = from
  for (let hops = 0; at !== undefined && hops < mostHops; hops += 1) {
    const target: Json | undefined = isObject(at.schema) ? at.schema['$ref'] : undefined
    if (typeof target !== 'string') return at
    at = followed(target, at.document)
  }
  return undefined
}

function followed(reference: string, document: JsonSchemaDocument): PlacedSchema | undefined {
  const [name = '', pointer = ''] = reference.split('#')
  const target = name === '' ? document : named(name, document)
  if (target === undefined) return undefined
  const steps = pointer === '' ? [] : pointer.split('/').slice(1)
  if (pointer !== '' && !pointer.startsWith('/')) return anchored(`#${pointer}`, target)
  let schema: Json | undefined = target.root
  for (const step of steps)
    schema = member(schema, decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
  return schema === undefined ? undefined : { schema, document: target }
}

/** By the name of the reference, or by the `$id` of this document or of what it refers to. */
function named(name: string, document: JsonSchemaDocument): JsonSchemaDocument | undefined {
  const byName = document.others.get(name)
  if (byName !== undefined) return byName
  return [document, ...document.others.values()].find(({ root }) => isObject(root) && idOf(root['$id']) === name)
}

const idOf = (id: Json | undefined): string | undefined => (typeof id === 'string' ? id.replace(/#$/, '') : undefined)

function member(value: Json | undefined, step: string): Json | undefined {
  if (isList(value)) return value[Number(step)]
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

function anchored(anchor: string, document: JsonSchemaDocument): PlacedSchema | undefined {
  const isIt = (value: Json): boolean =>
    isObject(value) && (value['$id'] === anchor || value['$anchor'] === anchor.slice(1))
  const schema = everyValue(document.root).find(isIt)
  return schema === undefined ? undefined : { schema, document }
}

export function everyValue(value: Json): Json[] {
  const members = isList(value) ? value : isObject(value) ? Object.values(value) : []
  return [value, ...members.flatMap((one) => (one === undefined ? [] : everyValue(one)))]
}
