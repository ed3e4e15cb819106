import type { MillraceError } from '@millrace/core'
import { createLru } from './lru.js'
import {
  type ReferencedText,
  readSchema,
  type RegisteredSchema,
  type SchemaReference,
  type SchemaText,
} from './registered-schema.js'
import type { Rest } from './rest.js'

export interface ReferenceReaderParts {
  readonly rest: Rest
  readonly maxSchemas: number
  readonly unavailable: (action: string, reason: string) => MillraceError
}

export interface ReferenceReader {
  complete(schema: SchemaText): Promise<RegisteredSchema>
}

/** A schema of which nothing is known is refused before it takes the registry, or memory, down. */
const maxReferenced = 200

/** Reads what a schema refers to, and what that refers to: each once, deepest first. A version never changes, so it is kept. */
export function createReferenceReader({ rest, maxSchemas, unavailable }: ReferenceReaderParts): ReferenceReader {
  const versions = createLru<string, SchemaText>(maxSchemas)

  async function read({ subject, version }: SchemaReference): Promise<SchemaText> {
    const key = `${version} ${subject}`
    const known = versions.get(key)
    if (known !== undefined) return known
    const action = `tell version ${version} of "${subject}", which another schema refers to`
    const reply = await rest({ of: 'Subject', name: 'version' }, { subject, version, deleted: true })
    // The registry keeps what is referred to, so even `absent` is no finding about a record.
    if (reply.kind !== 'answered') throw unavailable(action, reply.kind === 'away' ? reply.reason : reply.message)
    const schema = readSchema(reply.body)
    if (schema === undefined) throw unavailable(action, 'its answer holds no schema of a type that is known here')
    versions.set(key, schema)
    return schema
  }

  async function collect(schema: SchemaText, found: Map<string, ReferencedText>, seen: Set<string>): Promise<void> {
    for (const reference of schema.references) {
      if (seen.has(reference.name)) continue
      seen.add(reference.name)
      if (seen.size > maxReferenced)
        throw unavailable('complete a schema', `it refers to more than ${maxReferenced} others`)
      const target = await read(reference)
      await collect(target, found, seen)
      found.set(reference.name, { name: reference.name, text: target.text })
    }
  }

  return {
    async complete(schema: SchemaText): Promise<RegisteredSchema> {
      const found = new Map<string, ReferencedText>()
      await collect(schema, found, new Set())
      return { ...schema, referenced: [...found.values()] }
    },
  }
}
