import { type Clock, fail, type MillraceError, orAborted, outage } from '@millrace/core'
import { createLru } from './lru.js'
import { createQuestions } from './questions.js'
import { createReferenceReader } from './references.js'
import type { RegisteredSchema, SchemaText } from './registered-schema.js'
import type { Rest } from './rest.js'
import { isRefusal, type SchemaPlace, type SchemaRegistry } from './schema-registry.js'
import { createSingleFlight } from './single-flight.js'

export interface ConnectionParts {
  readonly url: string
  readonly rest: Rest
  readonly clock: Clock
  readonly maxSchemas: number
  readonly unknownIdTtlMs: number
}

/** The questions to a registry, each asked once at a time; what can't change any more is kept within bounds. */
export function createConnection({ url, rest, clock, maxSchemas, unknownIdTtlMs }: ConnectionParts): SchemaRegistry {
  const once = createSingleFlight<string>()
  const schemas = createLru<number, RegisteredSchema>(maxSchemas)
  const unknownIds = createLru<number, true>(maxSchemas, () => clock.now())
  const places = createLru<string, SchemaPlace>(maxSchemas)
  const unavailable = (action: string, reason: string): MillraceError =>
    Object.assign(fail('MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE', { url, action, reason }), { [outage]: true })
  const references = createReferenceReader({ rest, maxSchemas, unavailable })
  const ask = createQuestions({ rest, references, unavailable })

  async function readSchema(id: number): Promise<RegisteredSchema | undefined> {
    const schema = await ask.schemaOf(id)
    if (schema === undefined) unknownIds.set(id, true, clock.now() + unknownIdTtlMs)
    else schemas.set(id, schema)
    return schema
  }

  async function readPlace(subject: string, schema: SchemaText) {
    const place = await ask.place(subject, schema)
    if (place !== undefined && !isRefusal(place)) places.set(keyOf(subject, schema), place)
    return place
  }

  return {
    url,
    unavailable,
    async schemaOf(id, signal) {
      const known = schemas.get(id)
      if (known !== undefined || unknownIds.get(id) !== undefined) return known
      return orAborted(
        once(`id ${id}`, () => readSchema(id)),
        signal,
      )
    },
    async lookUp(subject, schema, signal) {
      const key = keyOf(subject, schema)
      const asked = () => once(`place ${key}`, () => readPlace(subject, schema))
      return places.get(key) ?? orAborted(asked(), signal)
    },
    latest(subject, signal) {
      const asked = once(`latest ${subject}`, () => ask.latest(subject))
      return orAborted(asked, signal)
    },
    check(subject, schema, signal) {
      const asked = once(`check ${keyOf(subject, schema)}`, () => ask.check(subject, schema))
      return orAborted(asked, signal)
    },
    register(subject, schema, signal) {
      const asked = once(`register ${keyOf(subject, schema)}`, () => ask.register(subject, schema))
      return orAborted(asked, signal)
    },
  }
}

const keyOf = (subject: string, { type, text, references }: SchemaText): string =>
  JSON.stringify([subject, type, text, references])
