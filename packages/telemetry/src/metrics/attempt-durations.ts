import type { AttemptedHandler, AttemptEnd, RecordInstrument } from '@millrace/core'
import type { HistogramDefinition } from './metric-definitions.js'

type Labels = Readonly<Record<string, string | number>>

/** A line of a histogram as prom-client writes it. */
export interface DurationSample {
  readonly metricName: string
  readonly labels: Labels
  readonly value: number
}

export interface AttemptDurations {
  readonly ran: NonNullable<RecordInstrument['ran']>
  /** Cumulative buckets, sum and count of each handler and result. */
  samples(): DurationSample[]
}

type Result = AttemptEnd['kind']
interface Tally {
  readonly labels: Labels
  /** One per bucket and one for all that is longer. Not cumulative. */
  readonly counts: number[]
  seconds: number
}
type Tallies = Record<Result, Tally>

const results: readonly Result[] = ['succeeded', 'failed', 'declined', 'interrupted']

/**
 * How long attempts ran. prom-client finds a series by hashing its labels, at the price of a whole record; here the handler itself
 * is the key, and what it costs is a look at the clock.
 */
export function createAttemptDurations({ name, buckets }: HistogramDefinition): AttemptDurations {
  const byLabels = new Map<string, Tallies>()
  const byHandler = new WeakMap<AttemptedHandler, Tallies>()
  const limitsMs = buckets.map((bucket) => bucket * 1000)
  let latest: { readonly handler: AttemptedHandler; readonly found: Tallies } | undefined

  function tallies(handler: AttemptedHandler): Tallies {
    const { group, topic, name: own } = handler
    const key = JSON.stringify([group, topic.name, own])
    const found = byLabels.get(key) ?? startTallies({ group, topic: topic.name, handler: own }, buckets.length)
    byLabels.set(key, found)
    byHandler.set(handler, found)
    return found
  }

  return {
    ran(handler, { kind }, durationMs) {
      if (latest?.handler !== handler) latest = { handler, found: byHandler.get(handler) ?? tallies(handler) }
      const tally = latest.found[kind]
      let at = 0
      for (const limit of limitsMs) {
        if (durationMs <= limit) break
        at += 1
      }
      tally.counts[at] = (tally.counts[at] ?? 0) + 1
      tally.seconds += durationMs / 1000
    },
    samples: () =>
      [...byLabels.values()].flatMap((found) => results.flatMap((result) => samplesOf(found[result], name, buckets))),
  }
}

function startTallies(at: Labels, buckets: number): Tallies {
  const start = (result: Result): Tally => ({
    labels: { ...at, result },
    counts: Array.from({ length: buckets + 1 }, () => 0),
    seconds: 0,
  })
  return {
    succeeded: start('succeeded'),
    failed: start('failed'),
    declined: start('declined'),
    interrupted: start('interrupted'),
  }
}

function samplesOf({ labels, counts, seconds }: Tally, name: string, buckets: readonly number[]): DurationSample[] {
  let total = 0
  const lines = counts.map((count, at): DurationSample => {
    total += count
    return { metricName: `${name}_bucket`, labels: { le: buckets[at] ?? '+Inf', ...labels }, value: total }
  })
  return [
    ...lines,
    { metricName: `${name}_sum`, labels, value: seconds },
    { metricName: `${name}_count`, labels, value: total },
  ]
}
