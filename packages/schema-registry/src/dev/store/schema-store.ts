import type { ParsedSchema, SchemaReference } from '../schemas/parsed-schema.js'
import { createSchemaIds } from './schema-ids.js'

export interface UnnumberedSchema {
  readonly schema: ParsedSchema
  readonly references: readonly SchemaReference[]
}

export interface StoredSchema extends UnnumberedSchema {
  readonly id: number
}

export interface StoredVersion extends StoredSchema {
  readonly subject: string
  readonly version: number
  /** Softly: it is not listed any more, but its id still reads the records that were written with it. */
  readonly isDeleted: boolean
}

export interface NewVersion extends UnnumberedSchema {
  readonly subject: string
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

export function createSchemaStore(): SchemaStore {
  const bySubject = new Map<string, StoredVersion[]>()
  const ids = createSchemaIds()

  const everything = (): StoredVersion[] => [...bySubject.values()].flat()
  const isOneOf = (versions: readonly StoredVersion[]) => {
    const places = new Set(versions.map(({ subject, version }) => `${version} ${subject}`))
    return ({ subject, version }: StoredVersion): boolean => places.has(`${version} ${subject}`)
  }

  return {
    subjects: () => [...bySubject.keys()],
    versions: (subject) => bySubject.get(subject) ?? [],
    byId: (id) => ids.byId(id),
    usesOf: (id) => everything().filter((one) => one.id === id),
    buildingOn: (subject, version) =>
      everything().filter(({ references }) =>
        references.some((reference) => reference.subject === subject && reference.version === version),
      ),
    add({ subject, schema, references, id: brought, version }) {
      const stored = ids.keep({ schema, references }, brought)
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
      ids.keepOnly(new Set(everything().map(({ id }) => id)))
    },
    lastId: () => ids.last(),
  }
}
