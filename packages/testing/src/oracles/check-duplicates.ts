import { type Evidence, groupBy, placeOf, type Violation } from './evidence.js'
import { pairRuns } from './runs.js'

type Seen = Pick<Evidence, 'lines' | 'deadLetters'>

/**
 * How often each record was done more than once: by runs that were done or cut off, or by its dead letters. A run that
 * threw did not do its work, and a record that is handed back while it waits for a retry starts again at attempt 1.
 */
export function duplicatesIn({ lines, deadLetters }: Seen): ReadonlyMap<string, number> {
  const deliveries = groupBy(
    pairRuns(lines).filter(({ ended }) => ended?.how !== 'threw'),
    placeOf,
  )
  const letters = groupBy(deadLetters, ({ source }) => placeOf(source))
  const duplicates = new Map<string, number>()
  for (const place of new Set([...deliveries.keys(), ...letters.keys()])) {
    const count = Math.max(deliveries.get(place)?.length ?? 0, letters.get(place)?.length ?? 0) - 1
    if (count > 0) duplicates.set(place, count)
  }
  return duplicates
}

/**
 * O6: no more was done twice than the kills explain. `atMost` is 0 after stops and rebalances whose drain finished in
 * time, and otherwise the sum of `redoneAfterKill` over the kills.
 */
export function checkDuplicates(evidence: Seen, { atMost }: { readonly atMost: number }): readonly Violation[] {
  const duplicates = duplicatesIn(evidence)
  const count = [...duplicates.values()].reduce((sum, one) => sum + one, 0)
  if (count <= atMost) return []
  const some = [...duplicates.keys()].slice(0, 10).join(', ')
  return [{ oracle: 'O6', text: `${count} duplicates where ${atMost} are explained: ${some}` }]
}

/** A worker that died, or from which the group took its leases: whatever it had not committed is done again. */
export interface Cut {
  readonly worker: string
  /** Only what it ran in this generation. Default: whenever. */
  readonly generation?: number
  /** Where the group stood right after it, by topic and partition; above every offset for a partition it is not about. */
  readonly committed: (topic: string, partition: number) => bigint
}

/**
 * What each cut may cause to be done again: what the worker had in flight, and what it had settled but not committed.
 * Poison records leave no line, so those that follow directly on the last run count too.
 */
export function redoneIn({ lines, sent }: Pick<Evidence, 'sent' | 'lines'>): (cut: Cut) => number {
  const partitionOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}[${partition}]`
  const runsOf = groupBy(pairRuns(lines), ({ worker }) => worker)
  const sorted = new Map(
    [...groupBy(sent, partitionOf)].map(([name, records]) => [
      name,
      records.toSorted((a, b) => (a.offset < b.offset ? -1 : 1)),
    ]),
  )
  return ({ worker, generation, committed }) => {
    const runs = (runsOf.get(worker) ?? []).filter((run) => generation === undefined || run.generation === generation)
    let count = 0
    for (const [partition, own] of groupBy(runs, partitionOf)) {
      const last = own.reduce((highest, { offset }) => (offset > highest ? offset : highest), -1n)
      for (const record of sorted.get(partition) ?? []) {
        if (record.offset < committed(record.topic, record.partition)) continue
        if (record.offset > last && record.kind !== 'poison') break
        count += 1
      }
    }
    return count
  }
}
