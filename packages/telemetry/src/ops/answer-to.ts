import type { ObservedWorker, Worker } from '@millrace/core'
import type { Metrics } from '../metrics/create-metrics.js'
import { ownVersion } from '../own-version.js'
import { type Answer, json } from './answer.js'

export interface Question {
  readonly method: string
  readonly url: string
}

/** The side of a worker that the endpoints show. */
export type OpsWorker = ObservedWorker & Pick<Worker, 'describe'>

type Route = (worker: OpsWorker, metrics: Pick<Metrics, 'contentType' | 'text'>) => Answer | Promise<Answer>

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/livez', livez],
  ['/readyz', readyz],
  ['/startupz', startupz],
  ['/metrics', async (_worker, metrics) => ({ status: 200, body: await metrics.text(), type: metrics.contentType })],
  ['/info', info],
  ['/inspect', (worker) => json(200, worker.inspect())],
])

/** The answer to a request: read-only, without payloads and keys. */
export async function answerTo({ method, url }: Question, ...from: Parameters<Route>): Promise<Answer> {
  const route = routes.get(url.split('?', 1)[0] ?? '')
  if (route === undefined) return json(404, { error: 'not found', paths: [...routes.keys()] })
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET and HEAD' }, { allow: 'GET, HEAD' })
  return { ...(await route(...from)), isHead: method === 'HEAD' }
}

/**
 * Alive: the event loop answers, and whoever supervises the members knows what to do next, whatever state that is. Never whether
 * a broker is reachable: one outage would restart every worker, and a restart does not bring the broker back. A worker that has
 * given up is not alive: only a restart helps it.
 */
function livez(worker: OpsWorker): Answer {
  const { state } = worker.inspect()
  const isAlive = state !== 'failed'
  return json(isAlive ? 200 : 503, { alive: isAlive, state })
}

function readyz(worker: OpsWorker): Answer {
  const { isReady, state, notReadyBecause } = worker.inspect()
  return json(isReady ? 200 : 503, { ready: isReady, state, because: notReadyBecause })
}

/** Started: every member has joined once. It never goes back. */
function startupz(worker: OpsWorker): Answer {
  const { hasStarted, state } = worker.inspect()
  return json(hasStarted ? 200 : 503, { started: hasStarted, state })
}

/** What runs here, and what it was told to do. */
function info(worker: OpsWorker): Answer {
  const process_ = { pid: process.pid, node: process.versions.node, uptimeS: Math.round(process.uptime()) }
  return json(200, { name: 'millrace', version: ownVersion(), ...process_, ...worker.describe() })
}
