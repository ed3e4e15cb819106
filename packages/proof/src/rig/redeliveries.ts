import { type Evidence, pairRuns, type Run } from '@millrace/testing'
import { maxAttempts } from '../planned-record.js'

export interface Redeliveries {
  /** Records that a drain handed back while they waited for their next attempt: no run of theirs had succeeded. */
  readonly fromRetryWait: number
  /** Records that were done, or cut short, by a worker that was not killed: each of them is a fault. */
  readonly withoutCause: readonly string[]
}

export interface RedeliveryCauses {
  /** Whether the lease of this run was cut, and the record was not committed at that cut. Default never. */
  readonly isLeftOpen?: (run: Run) => boolean
}

/**
 * Why records were delivered again; sharper than a count, which one fault could hide in. A delivery is explained when the
 * lease that had the record before was cut and had left it open, when it is that of a zombie that was cut off itself (it
 * may run a record after its new owner), or when the last run before had failed with attempts left.
 */
export function redeliveriesIn(
  { lines }: Pick<Evidence, 'lines'>,
  { isLeftOpen = () => false }: RedeliveryCauses = {},
): Redeliveries {
  const latest = new Map<string, Run>()
  const withoutCause: string[] = []
  let fromRetryWait = 0
  for (const run of pairRuns(lines)) {
    const place = `${run.topic}[${run.partition}]@${run.offset}`
    const before = latest.get(place)
    latest.set(place, run)
    if (before === undefined || run.attempt > 1) continue
    if (before.ended?.how === 'threw' && before.attempt < maxAttempts) fromRetryWait += 1
    else if (!isLeftOpen(before) && !(run.generation < before.generation && isLeftOpen(run)))
      withoutCause.push(`${run.id} at ${place}: ${deliveryOf(before)}, and again ${deliveryOf(run)}`)
  }
  return { fromRetryWait, withoutCause }
}

const deliveryOf = ({ worker, generation, startedMs, ended }: Run): string =>
  `by ${worker} in generation ${generation} from ${startedMs.toFixed(0)} to ${ended?.atMs.toFixed(0) ?? 'its death'} ms`
