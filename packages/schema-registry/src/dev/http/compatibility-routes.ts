import { checkCompatibility } from '../schemas/check-compatibility.js'
import type { Registry } from '../store/registry.js'
import type { StoredVersion } from '../store/schema-store.js'
import { type Call, isLatest, isSet, segment, sentSchema, versionIn } from './call.js'
import { refusals } from '../store/refusal.js'
import type { Answer, Routes } from './routes.js'

/** `/compatibility`: whether a schema could be registered, without doing it. */
export const compatibilityRoutes: Routes = {
  'POST /compatibility/subjects/:subject/versions': (call, registry) =>
    checked(call, registry, current(registry, segment(call, 'subject'))),
  'POST /compatibility/subjects/:subject/versions/:version': (call, registry) => {
    const version = versionIn(call)
    const all = current(registry, segment(call, 'subject'))
    const against = isLatest(version) ? all.slice(-1) : all.filter((one) => one.version === version)
    // Nothing is there to get along with, which a named version promises and `latest` does not.
    if (against.length === 0 && !isLatest(version)) throw refusals.versionNotFound(version)
    return checked(call, registry, against)
  },
}

const current = ({ store }: Registry, subject: string): StoredVersion[] =>
  store.versions(subject).filter(({ isDeleted }) => !isDeleted)

async function checked(call: Call, registry: Registry, against: readonly StoredVersion[]): Promise<Answer> {
  const schema = await registry.parse(sentSchema(call))
  const messages = checkCompatibility(registry.levels.of(segment(call, 'subject')), schema, against)
  const verdict = { is_compatible: messages.length === 0 }
  return { json: isSet(call, 'verbose') ? { ...verdict, messages } : verdict }
}
