import { errorFrom } from '../observe/thrown.js'
import type { DecidedRecord } from './decided-records.js'

/** An output that was not taken. */
export interface FailedSend<Lease> {
  readonly from: Lease
  readonly decided: DecidedRecord
  readonly error: Error
}

/** What was sent of one lease. */
interface Sent<Lease> {
  readonly from: Lease
  readonly entries: readonly DecidedRecord[]
}

/** The answers come in the order of the outputs. */
export function failedSends<Lease>(
  taken: readonly Sent<Lease>[],
  answers: readonly PromiseSettledResult<unknown>[],
): readonly FailedSend<Lease>[] {
  let at = 0
  return taken.flatMap(({ from, entries }) =>
    entries.flatMap((decided) =>
      decided.outputs.flatMap((): FailedSend<Lease>[] => {
        const answer = answers[at++]
        return answer?.status === 'rejected' ? [{ from, decided, error: errorFrom(answer.reason) }] : []
      }),
    ),
  )
}

/** The first of each key. */
export function oncePer<Item>(keyOf: (item: Item) => unknown, items: readonly Item[]): readonly Item[] {
  const seen = new Set<unknown>()
  return items.filter((item) => {
    const isNew = !seen.has(keyOf(item))
    seen.add(keyOf(item))
    return isNew
  })
}
