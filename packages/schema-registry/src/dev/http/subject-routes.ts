import type { StoredVersion } from '../store/schema-store.js'
import { type Call, isSet, segment, sentSchema, versionIn } from './call.js'
import type { Registry } from '../store/registry.js'
import type { Routes } from './routes.js'
import { textOf, versionBody } from './schema-routes.js'

/** `/subjects`: what is registered where. */
export const subjectRoutes: Routes = {
  'GET /subjects': (call, { store }) => {
    const prefix = call.query.get('subjectPrefix') ?? ''
    const isListed = ({ isDeleted }: StoredVersion): boolean =>
      isSet(call, 'deletedOnly') ? isDeleted : !isDeleted || isSet(call, 'deleted')
    const subjects = store.subjects().filter((subject) => subject.startsWith(prefix))
    return { json: subjects.filter((subject) => store.versions(subject).some(isListed)).toSorted() }
  },
  'POST /subjects/:subject': async (call, registry) => {
    const options = { normalize: isSet(call, 'normalize'), deleted: isSet(call, 'deleted') }
    return { json: versionBody(await registry.lookUp(segment(call, 'subject'), sentSchema(call), options)) }
  },
  'DELETE /subjects/:subject': (call, registry) => {
    const removed = registry.remove(segment(call, 'subject'), undefined, isSet(call, 'permanent'))
    return { json: removed.map(({ version }) => version) }
  },
  'GET /subjects/:subject/versions': (call, registry) => {
    const versions = registry.versions(segment(call, 'subject'), { deleted: isSet(call, 'deleted') })
    return { json: versions.map(({ version }) => version) }
  },
  'POST /subjects/:subject/versions': async (call, registry) => {
    const options = { normalize: isSet(call, 'normalize') }
    const { id } = await registry.register(segment(call, 'subject'), sentSchema(call), options)
    return { json: { id } }
  },
  'GET /subjects/:subject/versions/:version': (call, registry) => {
    const found = versionOf(call, registry)
    return { json: { ...versionBody(found), schema: textOf(call, found) } }
  },
  'GET /subjects/:subject/versions/:version/schema': (call, registry) => ({
    text: textOf(call, versionOf(call, registry)),
  }),
  'GET /subjects/:subject/versions/:version/referencedby': (call, registry) => {
    const { subject, version } = versionOf(call, registry)
    const by = registry.store.buildingOn(subject, version).filter(({ isDeleted }) => !isDeleted)
    return { json: [...new Set(by.map(({ id }) => id))] }
  },
  'DELETE /subjects/:subject/versions/:version': (call, registry) => {
    const version = versionIn(call)
    const [removed] = registry.remove(segment(call, 'subject'), version, isSet(call, 'permanent'))
    return { json: removed?.version ?? version }
  },
}

const versionOf = (call: Call, registry: Registry): StoredVersion =>
  registry.version(segment(call, 'subject'), versionIn(call), { deleted: isSet(call, 'deleted') })
