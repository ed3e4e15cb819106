/**
 * A transaction takes records, then its end is prepared and asked for:
 *
 *   open -> preparing -> committing -> committed
 *
 * - `open`: records are taken; the broker hears of it with the first.
 * - `preparing`: `commit` was called. Its records and its offsets have to be stored before its end may be asked for. A signal
 *   that aborts now still aborts the transaction.
 * - `committing`: EndTxn is on its way. From here on nobody but the broker decides, and its answer is waited for, or found out.
 * - `aborting`: it can only come to nothing: `abort` was called, a record or an offset was not stored, or somebody has fenced it.
 *   What waits is dropped, what is in the air is waited for, and the broker is told, by EndTxn or by a new epoch.
 *
 * It ends as one of four. `fenced` is aborted too, with somebody else in possession of its partitions or its id; `unknown` is
 * committed or aborted, and could not be found out in time. None has a way back: the next transaction is a new one.
 *
 *   preparing  -> aborting                        a part of it failed, or its signal aborted
 *   committing -> aborted | fenced | unknown      what the coordinator said, or what was found out
 *   aborting   -> aborted | fenced
 */
export type TransactionState =
  | 'open'
  | 'preparing'
  | 'committing'
  | 'aborting'
  | 'committed'
  | 'aborted'
  | 'fenced'
  | 'unknown'

export type TransactionStep = 'commit' | 'ask' | 'abort' | 'committed' | 'aborted' | 'fenced' | 'unknown'

const steps: Readonly<Record<TransactionState, Partial<Record<TransactionStep, TransactionState>>>> = {
  open: { commit: 'preparing', abort: 'aborting' },
  // Nothing was sent: there is nothing to ask for.
  preparing: { ask: 'committing', committed: 'committed', abort: 'aborting' },
  committing: { committed: 'committed', aborted: 'aborted', fenced: 'fenced', unknown: 'unknown' },
  aborting: { aborted: 'aborted', fenced: 'fenced' },
  committed: {},
  aborted: {},
  fenced: {},
  unknown: {},
}

/** The state after a step; undefined where the step has no meaning. */
export const nextTransactionState = (state: TransactionState, step: TransactionStep): TransactionState | undefined =>
  steps[state][step]

/** Whether the next transaction may begin. */
export const hasEnded = (state: TransactionState): boolean => Object.keys(steps[state]).length === 0
