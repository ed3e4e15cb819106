import type { Json } from '../schemas/json-value.js'
import type { Registry } from '../store/registry.js'
import type { Call } from './call.js'
import { compatibilityRoutes } from './compatibility-routes.js'
import { schemaRoutes } from './schema-routes.js'
import { settingRoutes } from './setting-routes.js'
import { subjectRoutes } from './subject-routes.js'

/** An answer: JSON, or the bare text of a schema. */
export type Answer = { readonly json: Json } | { readonly text: string }
export type Handler = (call: Call, registry: Registry) => Answer | Promise<Answer>

/** By method and path; `:name` stands for one segment. */
export type Routes = Readonly<Record<string, Handler>>

const routes: Routes = {
  'GET /': () => ({ json: {} }),
  'GET /v1/metadata/id': () => ({ json: { scope: { path: [], clusters: {} } } }),
  'GET /contexts': () => ({ json: ['.'] }),
  ...schemaRoutes,
  ...subjectRoutes,
  ...settingRoutes,
  ...compatibilityRoutes,
}

const table = Object.entries(routes).map(([route, handler]) => {
  const [method = '', pattern = ''] = route.split(' ')
  return { method, pattern: pattern.split('/'), handler }
})

export interface FoundRoute {
  readonly handler: Handler
  readonly path: Readonly<Record<string, string>>
}

/** The handler of a request; `wrong-method` where another method has one, undefined where the path has none. */
export function findRoute(method: string, pathname: string): FoundRoute | 'wrong-method' | undefined {
  const segments = pathname.split('/').map((segment) => decodeSegment(segment))
  const onPath = table.filter(({ pattern }) => fits(pattern, segments))
  const found = onPath.find((route) => route.method === method)
  if (found === undefined) return onPath.length > 0 ? 'wrong-method' : undefined
  const named = found.pattern.flatMap((part, index) =>
    part.startsWith(':') ? [[part.slice(1), segments[index] ?? '']] : [],
  )
  return { handler: found.handler, path: Object.fromEntries(named) }
}

const fits = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment // a bare percent sign: the name as it stands
  }
}
