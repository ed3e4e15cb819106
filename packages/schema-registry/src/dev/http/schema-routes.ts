import type { JsonObject } from '../schemas/json-value.js'
import { schemaTypes } from '../schemas/parsed-schema.js'
import type { Registry } from '../store/registry.js'
import type { StoredSchema, StoredVersion } from '../store/schema-store.js'
import { type Call, idIn, isSet } from './call.js'
import { refusals } from '../store/refusal.js'
import type { Routes } from './routes.js'

/** `/schemas`: what a reader of records asks, by the id that stands in them. */
export const schemaRoutes: Routes = {
  'GET /schemas': (call, registry) => ({ json: listed(call, registry).map(versionBody) }),
  'GET /schemas/types': () => ({ json: [...schemaTypes] }),
  'GET /schemas/ids/:id': (call, registry) => {
    const stored = storedSchema(call, registry)
    const text = textOf(call, stored)
    const { schemaType, references } = schemaBody(stored)
    return {
      json: {
        ...(schemaType === undefined ? {} : { schemaType }),
        schema: text,
        ...(references === undefined ? {} : { references }),
        ...(isSet(call, 'fetchMaxId') ? { maxId: registry.store.lastId() } : {}),
      },
    }
  },
  'GET /schemas/ids/:id/schema': (call, registry) => ({ text: textOf(call, storedSchema(call, registry)) }),
  'GET /schemas/ids/:id/subjects': (call, registry) => ({
    json: [...new Set(usesOf(call, registry).map(({ subject }) => subject))],
  }),
  'GET /schemas/ids/:id/versions': (call, registry) => ({
    json: usesOf(call, registry).map(({ subject, version }) => ({ subject, version })),
  }),
}

function listed({ query }: Call, { store }: Registry): StoredVersion[] {
  const prefix = query.get('subjectPrefix') ?? ''
  const subjects = store.subjects().filter((subject) => subject.startsWith(prefix))
  return subjects.flatMap((subject) => {
    const versions = store.versions(subject).filter(({ isDeleted }) => query.get('deleted') === 'true' || !isDeleted)
    return query.get('latestOnly') === 'true' ? versions.slice(-1) : versions
  })
}

function storedSchema(call: Call, { store }: Registry): StoredSchema {
  const id = idIn(call)
  const stored = store.byId(id)
  if (stored === undefined) throw refusals.schemaNotFound(id)
  return stored
}

function usesOf(call: Call, registry: Registry): StoredVersion[] {
  const { id } = storedSchema(call, registry)
  return registry.store.usesOf(id).filter(({ isDeleted }) => isSet(call, 'deleted') || !isDeleted)
}

/** `format=serialized` asks for a Protobuf descriptor in base64; the other types have one form. */
export const textOf = ({ query }: Call, { schema }: StoredSchema): string =>
  schema.type === 'PROTOBUF' && query.get('format') === 'serialized' ? schema.serialized : schema.text

/** The type stands in an answer unless it is Avro, references where there are some: as clients of before they existed expect. */
function schemaBody({ schema, references }: StoredSchema): JsonObject {
  return {
    schema: schema.text,
    ...(schema.type === 'AVRO' ? {} : { schemaType: schema.type }),
    ...(references.length === 0 ? {} : { references: references.map((one) => ({ ...one })) }),
  }
}

export const versionBody = (stored: StoredVersion): JsonObject => ({
  subject: stored.subject,
  version: stored.version,
  id: stored.id,
  ...schemaBody(stored),
})
