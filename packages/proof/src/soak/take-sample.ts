import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What the process holds at one moment. */
export interface Sample {
  /** Rebalances, transactions: what is done over and over. */
  readonly steps: number
  /** Since the first sample. */
  readonly atMs: number
  /** Sockets, timers and whatever else keeps the process alive, by kind. */
  readonly handles: Readonly<Record<string, number>>
  /** On `process`, all events together. */
  readonly listeners: number
  /** After a collection, bytes. */
  readonly heap: number
  /** Memory of Buffers, which is not in the heap: answers that somebody keeps are here. Bytes. */
  readonly buffers: number
  /** Resident memory, bytes: what the collector has not given back is in it. */
  readonly resident: number
}

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

export function takeSample(steps: number, atMs: number): Sample {
  // Twice: what a finalizer lets go of in the first is gone after the second.
  if (typeof collect === 'function') for (const _time of [1, 2]) collect()
  const { heapUsed: heap, arrayBuffers: buffers, rss: resident } = process.memoryUsage()
  return { steps, atMs, handles: handlesNow(), listeners: listenersNow(), heap, buffers, resident }
}

export function handlesNow(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const listenersNow = (): number => process.eventNames().reduce((sum, event) => sum + process.listenerCount(event), 0)
