import { isMillraceError, type LeaseCommit } from '@millrace/core'
import type { LeaseHolder, LeaseHolders } from '../member/lease-holder.js'
import type { CallCoordinator, CallLimits } from './call-coordinator.js'
import { addOffsetsRequest } from './requests/add-offsets.js'
import type { TransactionScope } from './requests/transaction-scope.js'
import { txnOffsetCommitRequest } from './requests/txn-offset-commit.js'
import { TransactionFault } from './transaction-fault.js'

/** The offsets that one member commits. */
export interface MemberOffsets {
  readonly holder: LeaseHolder
  readonly commits: readonly LeaseCommit[]
}

/** @throws TransactionFault for a lease that has ended: the network is not touched for it. */
export function groupByMember(holders: LeaseHolders, commits: readonly LeaseCommit[]): MemberOffsets[] {
  const members = new Map<LeaseHolder, LeaseCommit[]>()
  for (const commit of commits) {
    const holder = holders.get(commit.lease)
    if (holder === undefined) throw ended(undefined)
    const those = members.get(holder)
    if (those === undefined) members.set(holder, [commit])
    else those.push(commit)
  }
  const all = [...members].map(([holder, those]) => ({ holder, commits: those }))
  for (const member of all) assertHeld(member)
  return all
}

/**
 * Makes these offsets part of the transaction, as the member that holds their leases: the group refuses them from anybody who is not
 * this member in this generation any more (KIP-447).
 * @throws TransactionFault
 */
export async function sendOffsets(
  call: CallCoordinator,
  scope: TransactionScope,
  member: MemberOffsets,
  limits: CallLimits,
): Promise<void> {
  const { membership, instanceId } = member.holder
  const { group } = membership
  const ofGroup = { kind: 'group', key: group } as const
  await call(
    {
      to: { kind: 'transaction', key: scope.transactionalId },
      about: ofGroup,
      request: addOffsetsRequest(scope, group),
      codesOf: (code) => [code],
    },
    limits,
  )
  const offsets = member.commits.map(({ lease: { topic, partition }, ...rest }) => ({ topic, partition, ...rest }))
  await call(
    {
      to: ofGroup,
      request: txnOffsetCommitRequest(scope, { ...membership, instanceId }, offsets),
      codesOf: (answers) => answers.map(({ errorCode }) => errorCode),
      before: () => assertHeld(member),
    },
    limits,
  )
}

function assertHeld({ holder, commits }: MemberOffsets): void {
  try {
    holder.assertHolds(commits)
  } catch (cause) {
    if (isMillraceError(cause, 'MILLRACE_DRIVER_LEASE_ENDED')) throw ended(cause)
    // An offset beyond what was handed over: a mistake of the caller, which the broker would not notice.
    throw new TransactionFault(cause instanceof Error ? cause.message : String(cause), { verdict: 'refused', cause })
  }
}

const ended = (cause: unknown): TransactionFault =>
  new TransactionFault('a lease of its offsets has ended', { verdict: 'fenced-by-group', cause })
