import { type Evidence, placeOf, type SentRecord } from './evidence.js'
import { pairRuns, type Run } from './runs.js'

export interface Settlements {
  readonly runs: readonly Run[]
  isProcessed(record: SentRecord): boolean
  isDeadLettered(record: SentRecord): boolean
  /**
   * The earliest moment at which the record can have been settled: its first run that was done, or the end of its last
   * attempt when it was dead-lettered. Infinity when it never was; -Infinity when it left no line to tell by, as a
   * record that could not be decoded.
   */
  settledAtMs(record: SentRecord): number
}

/** What became of every record, and when. */
export function settlementsOf({ lines, deadLetters }: Pick<Evidence, 'lines' | 'deadLetters'>): Settlements {
  const runs = pairRuns(lines)
  const letters = new Set(deadLetters.map(({ source }) => placeOf(source)))
  const doneAt = new Map<string, number>()
  const lastThrow = new Map<string, { attempt: number; atMs: number }>()

  for (const { id, attempt, ended } of runs) {
    if (ended?.how === 'done') doneAt.set(id, Math.min(ended.atMs, doneAt.get(id) ?? Infinity))
    if (ended?.how !== 'threw') continue
    const last = lastThrow.get(id)
    const isLater = last === undefined || attempt > last.attempt
    // Of a redelivered record the first delivery that reached the last attempt counts.
    if (isLater) lastThrow.set(id, { attempt, atMs: ended.atMs })
  }

  return {
    runs,
    isProcessed: ({ id }) => doneAt.has(id),
    isDeadLettered: (record) => letters.has(placeOf(record)),
    settledAtMs(record) {
      const done = doneAt.get(record.id)
      if (done !== undefined) return done
      if (!letters.has(placeOf(record))) return Infinity
      return lastThrow.get(record.id)?.atMs ?? -Infinity
    },
  }
}
