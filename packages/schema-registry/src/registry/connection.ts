import { type Clock, fail, type MillraceError, outage } from '@millrace/core'
import { createLru } from './lru.js'
import { awaited } from './awaited.js'
import { type RegisteredSchema, readNumber, readSchema, type SchemaText } from './registered-schema.js'
import { createReferenceReader } from './references.js'
import type { Reply } from './reply.js'
import type { Rest } from './rest.js'
import type { Compatibility, Refusal, SchemaPlace, SchemaRegistry } from './schema-registry.js'
import { createSingleFlight } from './single-flight.js'

export interface ConnectionParts {
  readonly url: string
  readonly rest: Rest
  readonly clock: Clock
  readonly maxSchemas: number
  readonly unknownIdTtlMs: number
}

/** The registry's questions on top of its requests: what is kept, what is asked once, what counts as no answer. */
export function createConnection({ url, rest, clock, maxSchemas, unknownIdTtlMs }: ConnectionParts): SchemaRegistry {
  const once = createSingleFlight<string>()
  const schemas = createLru<number, RegisteredSchema>(maxSchemas)
  const unknownIds = createLru<number, true>(maxSchemas, () => clock.now())
  const places = createLru<string, SchemaPlace>(maxSchemas)
  const references = createReferenceReader({ rest, maxSchemas, unavailable })

  function unavailable(action: string, reason: string): MillraceError {
    return Object.assign(fail('MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE', { url, action, reason }), { [outage]: true })
  }

  async function readId(id: number): Promise<RegisteredSchema | undefined> {
    const action = `tell the schema of id ${id}`
    const reply = await rest({ of: 'Schema', name: 'find' }, { id })
    if (reply.kind === 'absent') {
      unknownIds.set(id, true, clock.now() + unknownIdTtlMs)
      return undefined
    }
    // Missing rights and a wrong address say nothing about the record either.
    if (reply.kind !== 'answered') throw unavailable(action, reasonOf(reply))
    const schema = readSchema(reply.body)
    if (schema === undefined) throw unavailable(action, 'its answer holds no schema of a type that is known here')
    const registered = await references.complete(schema)
    schemas.set(id, registered)
    return registered
  }

  async function readPlace(subject: string, schema: SchemaText): Promise<SchemaPlace | Refusal | undefined> {
    const reply = await rest({ of: 'Subject', name: 'registered' }, { subject, body: bodyOf(schema) })
    if (reply.kind === 'absent') return undefined
    const answer = answered(reply, `look up a schema of "${subject}"`)
    if ('kind' in answer) return answer
    const [id, version] = [readNumber(answer.body, 'id'), readNumber(answer.body, 'version')]
    if (id === undefined || version === undefined) throw unavailable('look up a schema', 'its answer holds no id')
    places.set(keyOf(subject, schema), { id, version })
    return { id, version }
  }

  async function readLatest(subject: string): Promise<RegisteredSchema | Refusal | undefined> {
    const reply = await rest({ of: 'Subject', name: 'version' }, { subject, version: 'latest' })
    if (reply.kind === 'absent') return undefined
    const answer = answered(reply, `tell the newest schema of "${subject}"`)
    if ('kind' in answer) return answer
    const schema = readSchema(answer.body)
    return schema === undefined ? undefined : references.complete(schema)
  }

  async function check(subject: string, schema: SchemaText): Promise<Compatibility | Refusal> {
    const params = { subject, version: 'latest', verbose: true, body: bodyOf(schema) }
    const reply = await rest({ of: 'Subject', name: 'compatible' }, params)
    if (reply.kind === 'absent') return { kind: 'compatible' } // the first version fits anything
    const answer = answered(reply, `check a schema of "${subject}"`)
    return 'kind' in answer ? answer : readCompatibility(answer.body)
  }

  async function register(subject: string, schema: SchemaText): Promise<{ readonly id: number } | Refusal> {
    const action = `register a schema of "${subject}"`
    const reply = await rest({ of: 'Subject', name: 'register' }, { subject, body: bodyOf(schema) })
    const answer = answered(reply.kind === 'absent' ? { ...reply, kind: 'refused', status: 404 } : reply, action)
    if ('kind' in answer) return answer
    const id = readNumber(answer.body, 'id')
    if (id === undefined) throw unavailable(action, 'its answer holds no id')
    return { id }
  }

  function answered(reply: Exclude<Reply, { kind: 'absent' }>, action: string): { readonly body: unknown } | Refusal {
    if (reply.kind === 'away') throw unavailable(action, reply.reason)
    if (reply.kind === 'answered') return { body: reply.body }
    return { kind: reply.kind, status: reply.status, message: `status ${reply.status}: ${reply.message}` }
  }

  return {
    url,
    unavailable,
    async schemaOf(id, signal) {
      const known = schemas.get(id)
      if (known !== undefined || unknownIds.get(id) !== undefined) return known
      return awaited(
        once(`id ${id}`, () => readId(id)),
        signal,
      )
    },
    async lookUp(subject, schema, signal) {
      const key = keyOf(subject, schema)
      return (
        places.get(key) ??
        awaited(
          once(`place ${key}`, () => readPlace(subject, schema)),
          signal,
        )
      )
    },
    latest: (subject, signal) =>
      awaited(
        once(`latest ${subject}`, () => readLatest(subject)),
        signal,
      ),
    check: (subject, schema, signal) =>
      awaited(
        once(`check ${keyOf(subject, schema)}`, () => check(subject, schema)),
        signal,
      ),
    register: (subject, schema, signal) =>
      awaited(
        once(`register ${keyOf(subject, schema)}`, () => register(subject, schema)),
        signal,
      ),
  }
}

const keyOf = (subject: string, { type, text, references }: SchemaText): string =>
  JSON.stringify([subject, type, text, references])

/** The type is left out for Avro, which registries before 5.5 need. */
const bodyOf = ({ type, text, references }: SchemaText): object => ({
  schema: text,
  ...(type === 'AVRO' ? {} : { schemaType: type }),
  ...(references.length === 0 ? {} : { references }),
})

const reasonOf = (reply: Exclude<Reply, { kind: 'answered' }>): string =>
  reply.kind === 'away' ? reply.reason : reply.message

function readCompatibility(body: unknown): Compatibility {
  if (typeof body !== 'object' || body === null || !('is_compatible' in body) || body.is_compatible !== false)
    return { kind: 'compatible' }
  const messages = 'messages' in body && Array.isArray(body.messages) ? body.messages : []
  const reasons = [...messages, 'reason' in body ? body.reason : undefined].filter((one) => typeof one === 'string')
  return { kind: 'incompatible', reasons: reasons.slice(0, 5) }
}
