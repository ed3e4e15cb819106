import { checkCompatibility } from '../schemas/check-compatibility.js'
import { parseSchema } from '../schemas/parse-schema.js'
import {
  InvalidSchema,
  type ParsedSchema,
  type ReferencedText,
  type SchemaReference,
  type SchemaType,
} from '../schemas/parsed-schema.js'
import { refusals } from './refusal.js'
import { createSchemaStore, type SchemaStore, type StoredVersion } from './schema-store.js'
import { type CompatibilityLevel, createSetting, type RegistryMode, type Setting } from './settings.js'

/** A schema as it was sent. */
export interface SentSchema {
  readonly type: SchemaType
  readonly text: string
  readonly references: readonly SchemaReference[]
  readonly id?: number
  readonly version?: number
}

/** What a registry does: the store, and the rules of what may come into it and go. It knows no HTTP but the refusals. */
export interface Registry {
  readonly store: SchemaStore
  readonly levels: Setting<CompatibilityLevel>
  readonly modes: Setting<RegistryMode>
  /** Not deleted, oldest first. Throws 40401 where there is none. */
  versions(subject: string, options?: { readonly deleted?: boolean }): readonly StoredVersion[]
  /** `-1` is the latest. Throws 40401, 40402. */
  version(subject: string, version: number, options?: { readonly deleted?: boolean }): StoredVersion
  parse(sent: SentSchema): Promise<ParsedSchema>
  /** Throws 409 where it does not get along with earlier versions, 42205 where nothing may be written. */
  register(subject: string, sent: SentSchema, options: { readonly normalize: boolean }): Promise<StoredVersion>
  /** The version that holds this schema. Throws 40401, 40403. */
  lookUp(subject: string, sent: SentSchema, options: LookUpOptions): Promise<StoredVersion>
  /** Softly, and only then for good. Throws what forbids it. */
  remove(subject: string, version: number | undefined, permanent: boolean): readonly StoredVersion[]
}

interface LookUpOptions {
  readonly normalize: boolean
  readonly deleted: boolean
}

export function createRegistry(level: CompatibilityLevel): Registry {
  const store = createSchemaStore()
  const levels = createSetting(level)
  const modes = createSetting<RegistryMode>('READWRITE')

  const versions: Registry['versions'] = (subject, { deleted = false } = {}) => {
    const found = store.versions(subject).filter(({ isDeleted }) => deleted || !isDeleted)
    if (found.length === 0) throw refusals.subjectNotFound(subject)
    return found
  }
  const version: Registry['version'] = (subject, wanted, options) => {
    const found = versions(subject, options)
    const one = wanted === -1 ? found.at(-1) : found.find((each) => each.version === wanted)
    if (one === undefined) throw refusals.versionNotFound(wanted)
    return one
  }
  const parse: Registry['parse'] = async ({ type, text, references }) => {
    try {
      return await parseSchema(type, text, referencedTexts(store, references))
    } catch (error) {
      if (error instanceof InvalidSchema) throw refusals.invalidSchema(error.message)
      throw error
    }
  }
  const parts = { store, levels, modes, versions, version, parse }
  return {
    ...parts,
    register: (subject, sent, { normalize }) => register(parts, subject, { sent, normalize }),
    async lookUp(subject, sent, { normalize, deleted }) {
      const all = versions(subject, { deleted })
      const found = all.findLast(isSchema(await parse(sent), sent.references, normalize))
      if (found === undefined) throw refusals.schemaNotFound()
      return found
    },
    remove(subject, wanted, permanent) {
      checkWritable(parts, subject)
      const removed =
        wanted === undefined
          ? removable(parts, subject, permanent)
          : [removableVersion(parts, { subject, wanted, permanent })]
      for (const one of removed) checkUnreferenced(store, one)
      if (permanent) store.remove(removed)
      else store.hide(removed)
      if (wanted === undefined) for (const setting of [levels, modes]) setting.reset(subject)
      return removed
    },
  }
}

async function register(
  parts: Pick<Registry, 'store' | 'levels' | 'modes' | 'versions' | 'version' | 'parse'>,
  subject: string,
  { sent, normalize }: { readonly sent: SentSchema; readonly normalize: boolean },
): Promise<StoredVersion> {
  const { store, levels, modes, parse } = parts
  checkWritable(parts, subject)
  const parsed = await parse(sent)
  const schema = normalize ? { ...parsed, text: normalizedText(parsed), canonical: parsed.normalized } : parsed
  const before = store.versions(subject).filter(({ isDeleted }) => !isDeleted)
  const isImported = modes.of(subject) === 'IMPORT'
  const same = before.find(isSchema(schema, sent.references, normalize))
  if (same !== undefined && !isImported) return same
  if (sent.id !== undefined && !isImported) throw refusals.notPermitted(`Subject ${subject} is not in import mode`)
  const details = isImported ? [] : checkCompatibility(levels.of(subject), schema, before)
  if (details.length > 0) throw refusals.incompatible(subject, details)
  const { id, version: number } = sent
  const ids = isImported
    ? { ...(id === undefined ? {} : { id }), ...(number === undefined ? {} : { version: number }) }
    : {}
  return store.add({ subject, schema, references: sent.references, ...ids })
}

type Parts = Pick<Registry, 'store' | 'modes' | 'versions' | 'version'>

function checkWritable({ modes }: Parts, subject: string): void {
  const isClosed = modes.global() === 'READONLY_OVERRIDE' || modes.of(subject).startsWith('READONLY')
  if (isClosed) throw refusals.notPermitted(`Subject ${subject} is in read-only mode`)
}

/** The texts that references stand for, the deepest first, each name once. */
function referencedTexts(store: SchemaStore, references: readonly SchemaReference[]): ReferencedText[] {
  const texts = new Map<string, string>()
  const collect = (list: readonly SchemaReference[]): void => {
    for (const { name, subject, version } of list) {
      const found = store
        .versions(subject)
        .findLast((one) => (version === -1 ? !one.isDeleted : one.version === version))
      if (found === undefined) throw new InvalidSchema(`no schema for reference ${name}: ${subject} version ${version}`)
      collect(found.references)
      if (!texts.has(name)) texts.set(name, found.schema.text)
    }
  }
  collect(references)
  return [...texts].map(([name, text]) => ({ name, text }))
}

const normalizedText = (schema: ParsedSchema): string => (schema.type === 'PROTOBUF' ? schema.text : schema.normalized)

const isSchema =
  (schema: ParsedSchema, references: readonly SchemaReference[], normalize: boolean) =>
  (one: StoredVersion): boolean =>
    one.schema.type === schema.type &&
    JSON.stringify(one.references) === JSON.stringify(references) &&
    (normalize ? one.schema.normalized === schema.normalized : one.schema.canonical === schema.canonical)

function removable({ store, versions }: Parts, subject: string, permanent: boolean): readonly StoredVersion[] {
  const all = store.versions(subject)
  const isSoftlyGone = all.length > 0 && all.every(({ isDeleted }) => isDeleted)
  if (!permanent && isSoftlyGone) throw refusals.subjectSoftDeleted(subject)
  if (permanent && all.length > 0 && !isSoftlyGone) throw refusals.subjectNotSoftDeleted(subject)
  return versions(subject, { deleted: permanent })
}

function removableVersion(
  { version }: Parts,
  { subject, wanted, permanent }: { subject: string; wanted: number; permanent: boolean },
): StoredVersion {
  const found = version(subject, wanted, { deleted: true })
  if (permanent && !found.isDeleted) throw refusals.versionNotSoftDeleted(subject, found.version)
  if (!permanent && found.isDeleted) throw refusals.versionSoftDeleted(subject, found.version)
  return found
}

function checkUnreferenced(store: SchemaStore, { subject, version }: StoredVersion): void {
  const by = store.buildingOn(subject, version).filter((one) => !one.isDeleted)
  if (by.length > 0) throw refusals.referenced(`{subject=${subject},version=${version}}`)
}
