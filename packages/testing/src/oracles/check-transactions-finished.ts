import type { Violation } from './evidence.js'

/** The end of a log for either kind of reader. */
export interface SeenEnd {
  readonly topic: string
  readonly partition: number
  /** For a `read_committed` reader. */
  readonly lastStable: bigint
  readonly end: bigint
}

export interface TransactionState {
  readonly transactionalId: string
  /** Kafka's word. */
  readonly state: string
}

const finished: readonly string[] = ['Empty', 'CompleteCommit', 'CompleteAbort']

/** O8: no transaction hangs. A reader is held up by none, and no coordinator knows of one that has not ended. */
export function checkTransactionsFinished(
  ends: readonly SeenEnd[],
  transactions: readonly TransactionState[],
): readonly Violation[] {
  const held = ends
    .filter(({ lastStable, end }) => lastStable !== end)
    .map(({ topic, partition, lastStable, end }) => `${topic}[${partition}] is stable up to ${lastStable} of ${end}`)
  const open = transactions
    .filter(({ state }) => !finished.includes(state))
    .map(({ transactionalId, state }) => `the transaction of ${transactionalId} is ${state}`)
  return [...held, ...open].map((text) => ({ oracle: 'O8', text }))
}
