import type { StoredSchema, UnnumberedSchema } from './schema-store.js'

/** Ids of schemas: one for each, whatever subjects it is under, and never one twice. */
export interface SchemaIds {
  byId(id: number): StoredSchema | undefined
  /** Its id, a new one where it has none; or the one that it brings along, in mode IMPORT. */
  keep(schema: UnnumberedSchema, brought?: number): StoredSchema
  /** Forgets all but these. */
  keepOnly(ids: ReadonlySet<number>): void
  last(): number
}

/** The same schema under another subject has the same id; with other references it is another schema. */
const identityOf = ({ schema, references }: UnnumberedSchema): string =>
  JSON.stringify([
    schema.type,
    schema.canonical,
    references.map(({ name, subject, version }) => [name, subject, version]),
  ])

export function createSchemaIds(): SchemaIds {
  const idOf = new Map<string, number>()
  const schemas = new Map<number, StoredSchema>()
  let last = 0
  return {
    byId: (id) => schemas.get(id),
    keep({ schema, references }, brought) {
      const identity = identityOf({ schema, references })
      const id = brought ?? idOf.get(identity) ?? last + 1
      last = Math.max(last, id)
      idOf.set(identity, id)
      const stored = { id, schema, references }
      if (!schemas.has(id)) schemas.set(id, stored)
      return stored
    },
    keepOnly(ids) {
      for (const [identity, id] of idOf) if (!ids.has(id)) idOf.delete(identity)
      for (const id of schemas.keys()) if (!ids.has(id)) schemas.delete(id)
    },
    last: () => last,
  }
}
