import type { Events } from './events.js'
import type { WorkerSnapshot } from './snapshot.js'

/** The side of a worker that logs, metrics and probes look at. */
export interface ObservedWorker extends Pick<Events, 'on' | 'onAny'> {
  inspect(): WorkerSnapshot
}
