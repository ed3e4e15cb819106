import { offsetFetchRequest } from '../wire/offset-fetch-request.js'
import type { CallCoordinator, CallLimits } from './call-coordinator.js'
import type { ProducerEpoch } from './producer-epoch.js'
import { endTxnRequest } from './requests/end-txn.js'
import type { TransactionScope } from './requests/transaction-scope.js'
import type { MemberOffsets } from './send-offsets.js'
import { toFault, type TransactionFault } from './transaction-fault.js'

export type CommitOutcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'aborted' | 'fenced' | 'unknown'; readonly fault: TransactionFault }

export interface EndTransactionParts {
  readonly call: CallCoordinator
  readonly epoch: ProducerEpoch
  readonly scope: TransactionScope
}

/**
 * Asks for the commit, and finds out what became of it where the answer does not say. With offsets, the group knows: a new epoch
 * ends the transaction one way or the other, and its offsets are there or not. Without, the same request is repeated until there is
 * an answer, which speaks for the lost one too, and the new epoch comes after it: that request may still be on its way, and must not
 * end a later transaction (K4).
 */
export async function commitTransaction(
  parts: EndTransactionParts,
  members: readonly MemberOffsets[],
  limits: CallLimits,
): Promise<CommitOutcome> {
  const { epoch, scope } = parts
  const hasOffsets = members.some(({ commits }) => commits.length > 0)
  try {
    const { wasLost } = await askForEnd(parts, 'commit', !hasOffsets, limits)
    if (wasLost) epoch.retire(scope.identity)
    return { kind: 'committed' }
  } catch (error) {
    const fault = toFault(error)
    epoch.retire(scope.identity)
    if (!fault.isInDoubt) return endRefused(parts, fault)
    return hasOffsets ? lookForOffsets(parts, members, fault, limits) : { kind: 'unknown', fault }
  }
}

/** It was not committed. Who fenced it has ended it; otherwise it is still open, and would hold up its readers until its time-out. */
async function endRefused({ epoch }: EndTransactionParts, fault: TransactionFault): Promise<CommitOutcome> {
  if (fault.verdict === 'fenced-by-producer') return { kind: 'fenced', fault }
  await epoch.renew().catch(() => undefined) // the next transaction begins with it
  return { kind: 'aborted', fault }
}

/** @throws TransactionFault Whatever it is: the next epoch aborts it, and this one is retired. */
export async function abortTransaction(parts: EndTransactionParts, limits: CallLimits): Promise<void> {
  try {
    await askForEnd(parts, 'abort', false, limits)
  } catch (error) {
    parts.epoch.retire(parts.scope.identity)
    throw error
  }
}

const askForEnd = (
  { call, scope }: EndTransactionParts,
  outcome: 'commit' | 'abort',
  repeatsLost: boolean,
  limits: CallLimits,
) =>
  call(
    {
      to: { kind: 'transaction', key: scope.transactionalId },
      request: endTxnRequest(scope, outcome),
      codesOf: (code) => [code],
      repeatsLost,
    },
    limits,
  )

async function lookForOffsets(
  { call, epoch }: EndTransactionParts,
  members: readonly MemberOffsets[],
  fault: TransactionFault,
  limits: CallLimits,
): Promise<CommitOutcome> {
  const isFenced = fault.verdict === 'fenced-by-producer'
  try {
    // Who has fenced this one has ended its transaction: nothing more is to be done than to look.
    if (!isFenced) await epoch.renew()
    const found = (await Promise.all(members.map((member) => reachedOf(call, member, limits)))).flat()
    if (found.every(Boolean)) return { kind: 'committed' }
    // They are committed together or not at all: what is missing beside others was deleted with its topic, or set back by somebody.
    if (found.some(Boolean)) return { kind: 'unknown', fault }
    return { kind: isFenced ? 'fenced' : 'aborted', fault }
  } catch (error) {
    return { kind: 'unknown', fault: toFault(error) }
  }
}

/** For each offset, whether the group stands there, or further: after a transaction that is still being ended. */
async function reachedOf(
  call: CallCoordinator,
  { holder, commits }: MemberOffsets,
  limits: CallLimits,
): Promise<boolean[]> {
  if (commits.length === 0) return []
  const { group } = holder.membership
  const { answer } = await call(
    {
      to: { kind: 'group', key: group },
      request: offsetFetchRequest({ group, partitions: commits.map(({ lease }) => lease), requireStable: true }),
      codesOf: ({ errorCode, partitions }) => [errorCode, ...partitions.map((one) => one.errorCode)],
      repeatsLost: true,
    },
    limits,
  )
  return commits.map(({ lease, offset }) =>
    answer.partitions.some(
      (found) => found.topic === lease.topic && found.partition === lease.partition && found.offset >= offset,
    ),
  )
}
