import type { ObservedWorker } from '@millrace/core'
import type { Metrics } from '../metrics/create-metrics.js'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly allow?: string
  readonly isHead?: boolean
}

export interface Question {
  readonly method: string
  readonly url: string
}

type Route = (worker: ObservedWorker, metrics: Pick<Metrics, 'contentType' | 'text'>) => Answer | Promise<Answer>

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/livez', livez],
  ['/readyz', readyz],
  ['/metrics', async (_worker, metrics) => ({ status: 200, body: await metrics.text(), type: metrics.contentType })],
  ['/inspect', (worker) => json(200, worker.inspect())],
])

/** The answer to a request: read-only, without payloads and keys. */
export async function answerTo({ method, url }: Question, ...from: Parameters<Route>): Promise<Answer> {
  const route = routes.get(url.split('?', 1)[0] ?? '')
  if (route === undefined) return json(404, { error: 'not found', paths: [...routes.keys()] })
  if (method !== 'GET' && method !== 'HEAD') return { ...json(405, { error: 'only GET and HEAD' }), allow: 'GET, HEAD' }
  return { ...(await route(...from)), isHead: method === 'HEAD' }
}

/**
 * Alive: the event loop answers and the worker knows its state, whichever it is. Never whether a broker is reachable: one
 * outage would restart every worker, and a restart does not bring the broker back.
 */
function livez(worker: ObservedWorker): Answer {
  return json(200, { alive: true, state: worker.inspect().state })
}

function readyz(worker: ObservedWorker): Answer {
  const { isReady, state, notReadyBecause } = worker.inspect()
  return json(isReady ? 200 : 503, { ready: isReady, state, because: notReadyBecause })
}

/** Offsets are text: a JSON number does not hold every one of them. */
const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part))}\n`,
})
