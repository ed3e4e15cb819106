import type { MillraceError } from '@millrace/core'
import type { ReferenceReader } from './references.js'
import { type RegisteredSchema, readNumber, readSchema, type SchemaText } from './registered-schema.js'
import type { Reply } from './reply.js'
import type { Rest } from './rest.js'
import type { Compatibility, Refusal, SchemaPlace } from './schema-registry.js'

export interface QuestionParts {
  readonly rest: Rest
  readonly references: ReferenceReader
  readonly unavailable: (action: string, reason: string) => MillraceError
}

/** What is asked of a registry: one request each, and its answer read. Nothing is kept here. */
export function createQuestions({ rest, references, unavailable }: QuestionParts) {
  function answered(reply: Exclude<Reply, { kind: 'absent' }>, action: string): { readonly body: unknown } | Refusal {
    if (reply.kind === 'away') throw unavailable(action, reply.reason)
    if (reply.kind === 'answered') return { body: reply.body }
    return { kind: reply.kind, status: reply.status, message: `status ${reply.status}: ${reply.message}` }
  }

  return {
    async schemaOf(id: number): Promise<RegisteredSchema | undefined> {
      const action = `tell the schema of id ${id}`
      const reply = await rest({ of: 'Schema', name: 'find' }, { id })
      if (reply.kind === 'absent') return undefined
      // Missing rights and a wrong address say nothing about the record either.
      if (reply.kind !== 'answered') throw unavailable(action, reply.kind === 'away' ? reply.reason : reply.message)
      const schema = readSchema(reply.body)
      if (schema === undefined) throw unavailable(action, 'its answer holds no schema of a type that is known here')
      return references.complete(schema)
    },

    async place(subject: string, schema: SchemaText): Promise<SchemaPlace | Refusal | undefined> {
      const action = `look up a schema of "${subject}"`
      const reply = await rest({ of: 'Subject', name: 'registered' }, { subject, body: bodyOf(schema) })
      if (reply.kind === 'absent') return undefined
      const answer = answered(reply, action)
      if ('kind' in answer) return answer
      const [id, version] = [readNumber(answer.body, 'id'), readNumber(answer.body, 'version')]
      if (id === undefined || version === undefined) throw unavailable(action, 'its answer holds no id')
      return { id, version }
    },

    async latest(subject: string): Promise<RegisteredSchema | Refusal | undefined> {
      const reply = await rest({ of: 'Subject', name: 'version' }, { subject, version: 'latest' })
      if (reply.kind === 'absent') return undefined
      const answer = answered(reply, `tell the newest schema of "${subject}"`)
      if ('kind' in answer) return answer
      const schema = readSchema(answer.body)
      return schema === undefined ? undefined : references.complete(schema)
    },

    async check(subject: string, schema: SchemaText): Promise<Compatibility | Refusal> {
      const params = { subject, version: 'latest', verbose: true, body: bodyOf(schema) }
      const reply = await rest({ of: 'Subject', name: 'compatible' }, params)
      if (reply.kind === 'absent') return { kind: 'compatible' } // the first version fits anything
      const answer = answered(reply, `check a schema of "${subject}"`)
      return 'kind' in answer ? answer : readCompatibility(answer.body)
    },

    async register(subject: string, schema: SchemaText): Promise<{ readonly id: number } | Refusal> {
      const action = `register a schema of "${subject}"`
      const reply = await rest({ of: 'Subject', name: 'register' }, { subject, body: bodyOf(schema) })
      const answer = answered(reply.kind === 'absent' ? { ...reply, kind: 'refused', status: 404 } : reply, action)
      if ('kind' in answer) return answer
      const id = readNumber(answer.body, 'id')
      if (id === undefined) throw unavailable(action, 'its answer holds no id')
      return { id }
    },
  }
}

/** The type is left out for Avro, which registries before 5.5 need. */
const bodyOf = ({ type, text, references }: SchemaText): object => ({
  schema: text,
  ...(type === 'AVRO' ? {} : { schemaType: type }),
  ...(references.length === 0 ? {} : { references }),
})

function readCompatibility(body: unknown): Compatibility {
  if (typeof body !== 'object' || body === null || !('is_compatible' in body) || body.is_compatible !== false)
    return { kind: 'compatible' }
  const messages = 'messages' in body && Array.isArray(body.messages) ? body.messages : []
  const reasons = [...messages, 'reason' in body ? body.reason : undefined].filter((one) => typeof one === 'string')
  return { kind: 'incompatible', reasons: reasons.slice(0, 5) }
}
