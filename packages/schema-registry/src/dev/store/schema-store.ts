import type { ParsedSchema, SchemaReference } from '../schemas/parsed-schema.js'

export interface StoredSchema {
  readonly id: number
  readonly schema: ParsedSchema
  readonly references: readonly SchemaReference[]
}

export interface StoredVersion extends StoredSchema {
  readonly subject: string
  readonly version: number
  /** Softly: it is not listed any more, but its id still reads the records that were written with it. */
  readonly isDeleted: boolean
}

export interface NewVersion {
  readonly subject: string
  readonly schema: ParsedSchema
  readonly references: readonly SchemaReference[]
  /** Of a schema that is brought along with its id, in mode IMPORT. */
  readonly id?: number
  readonly version?: number
}

/** Subjects, their versions, and the ids of schemas. It keeps and finds; what is allowed is decided before it is asked. */
export interface SchemaStore {
  /** All of them, softly deleted ones too, in the order of their first versions. */
  subjects(): string[]
  /** Of one subject, oldest first, softly deleted ones too. */
  versions(subject: string): readonly StoredVersion[]
  byId(id: number): StoredSchema | undefined
  usesOf(id: number): readonly StoredVersion[]
  /** Versions that build on this one. */
  buildingOn(subject: string, version: number): readonly StoredVersion[]
  add(version: NewVersion): StoredVersion
  hide(versions: readonly StoredVersion[]): void
  /** For good: an id that nothing uses any more is gone, and a subject without versions begins at 1 again. */
  remove(versions: readonly StoredVersion[]): void
  lastId(): number
}

/** The same schema under another subject has the same id; with other references it is another schema. */
const identityOf = ({ schema, references }: Pick<NewVersion, 'schema' | 'references'>): string =>
  JSON.stringify([
    schema.type,
    schema.canonical,
    references.map(({ name, subject, version }) => [name, subject, version]),
  ])

export function createSchemaStore(): SchemaStore {
  const bySubject = new Map<string, StoredVersion[]>()
  const idByIdentity = new Map<string, number>()
  const schemas = new Map<number, StoredSchema>()
  let lastId = 0

  const everything = (): StoredVersion[] => [...bySubject.values()].flat()
  const isOneOf = (versions: readonly StoredVersion[]) => {
    const places = new Set(versions.map(({ subject, version }) => `${version} ${subject}`))
    return ({ subject, version }: StoredVersion): boolean => places.has(`${version} ${subject}`)
  }
  const idFor = (identity: string, brought: number | undefined): number => {
    const id = brought ?? idByIdentity.get(identity) ?? lastId + 1
    lastId = Math.max(lastId, id)
    return id
  }
  const forgetUnused = (): void => {
    const used = new Set(everything().map(({ id }) => id))
    for (const [identity, id] of idByIdentity) if (!used.has(id)) idByIdentity.delete(identity)
    for (const id of schemas.keys()) if (!used.has(id)) schemas.delete(id)
  }

  return {
    subjects: () => [...bySubject.keys()],
    versions: (subject) => bySubject.get(subject) ?? [],
    byId: (id) => schemas.get(id),
    usesOf: (id) => everything().filter((one) => one.id === id),
    buildingOn: (subject, version) =>
      everything().filter(({ references }) =>
        references.some((reference) => reference.subject === subject && reference.version === version),
      ),
    add({ subject, schema, references, id: brought, version }) {
      const identity = identityOf({ schema, references })
      const id = idFor(identity, brought)
      idByIdentity.set(identity, id)
      const stored = { id, schema, references }
      schemas.set(id, schemas.get(id) ?? stored)
      const before = bySubject.get(subject) ?? []
      const added = { ...stored, subject, version: version ?? (before.at(-1)?.version ?? 0) + 1, isDeleted: false }
      const others = before.filter((one) => one.version !== added.version)
      bySubject.set(
        subject,
        [...others, added].toSorted((one, other) => one.version - other.version),
      )
      return added
    },
    hide(versions) {
      const isHidden = isOneOf(versions)
      for (const [subject, all] of bySubject) {
        bySubject.set(
          subject,
          all.map((one) => (isHidden(one) ? { ...one, isDeleted: true } : one)),
        )
      }
    },
    remove(versions) {
      const isRemoved = isOneOf(versions)
      for (const [subject, all] of bySubject) {
        const left = all.filter((one) => !isRemoved(one))
        if (left.length > 0) bySubject.set(subject, left)
        else bySubject.delete(subject)
      }
      forgetUnused()
    },
    lastId: () => lastId,
  }
}
