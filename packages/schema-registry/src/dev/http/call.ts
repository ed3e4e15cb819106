import { isList, isObject, type Json, type JsonObject } from '../schemas/json-value.js'
import { type SchemaReference, schemaTypes } from '../schemas/parsed-schema.js'
import { refusals } from '../store/refusal.js'
import type { SentSchema } from '../store/registry.js'

/** One request, taken apart. */
export interface Call {
  readonly method: string
  /** Decoded, in the order of the pattern. */
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Json | undefined
}

export const isSet = ({ query }: Call, name: string): boolean => query.get(name) === 'true'

/** A part of the path; the pattern of the route names it. */
export const segment = ({ path }: Call, name: 'subject' | 'version' | 'id'): string => path[name] ?? ''

/** The object in the body. Throws 42201 without one. */
export function bodyOf({ body }: Call): JsonObject {
  if (isObject(body)) return body
  throw refusals.invalidSchema('the request has no JSON object')
}

export function sentSchema(call: Call): SentSchema {
  const body = bodyOf(call)
  const { schema: text, schemaType = 'AVRO', id, version } = body
  if (typeof text !== 'string' || text === '') throw refusals.invalidSchema('empty schema')
  const type = schemaTypes.find((one) => one === schemaType)
  if (type === undefined) throw refusals.invalidSchema(`no schema type ${JSON.stringify(schemaType)}`)
  return {
    type,
    text,
    references: referencesIn(body),
    ...(typeof id === 'number' && id > 0 ? { id } : {}),
    ...(typeof version === 'number' && version > 0 ? { version } : {}),
  }
}

function referencesIn({ references = [] }: JsonObject): SchemaReference[] {
  const list = isList(references) ? references : references === null ? [] : [references]
  return list.map((one) => {
    const { name, subject, version } = isObject(one) ? one : {}
    if (typeof name === 'string' && typeof subject === 'string' && typeof version === 'number') {
      return { name, subject, version }
    }
    throw refusals.invalidSchema(`a reference has a name, a subject and a version, unlike ${JSON.stringify(one)}`)
  })
}

const latest = -1
const mostVersions = 2 ** 31 - 1

/** The number that a path names, or the one of `latest`. Throws 42202 for what is neither. */
export function versionIn(call: Call): number {
  const text = segment(call, 'version')
  const version = text === 'latest' ? latest : Number(text)
  if (version === latest || (Number.isInteger(version) && version > 0 && version <= mostVersions)) return version
  throw refusals.invalidVersion(text)
}

export const isLatest = (version: number): boolean => version === latest

export function idIn(call: Call): number {
  const id = Number(segment(call, 'id'))
  if (Number.isInteger(id)) return id
  throw refusals.noSuchPath()
}
