import { type Clock, isMillraceError, type LeaseCommit } from '@millrace/core'
import type { TopicPartition } from '../member/group-offsets.js'
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

const UNKNOWN_TOPIC = 3
/** A topic that was just created is known to every broker by then. */
const NEW_TOPIC_MS = 1_000

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
 * A deleted topic has no offset to keep, and must not stop its neighbours, which the group takes all the same: it is only asked for
 * again as long as it may be a new one. Resolves with the offsets that the group has taken.
 * @throws TransactionFault
 */
export async function sendOffsets(
  { call, clock }: { readonly call: CallCoordinator; readonly clock: Clock },
  scope: TransactionScope,
  member: MemberOffsets,
  limits: CallLimits,
): Promise<MemberOffsets> {
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
  const patientUntilMs = clock.now() + NEW_TOPIC_MS
  const { answer } = await call(
    {
      to: ofGroup,
      request: txnOffsetCommitRequest(scope, { ...membership, instanceId }, offsets),
      codesOf: (answers) => {
        const codes = answers.map(({ errorCode }) => errorCode)
        return clock.now() < patientUntilMs ? codes : codes.filter((code) => code !== UNKNOWN_TOPIC)
      },
      before: () => assertHeld(member),
    },
    limits,
  )
  const gone = answer.filter(({ errorCode }) => errorCode === UNKNOWN_TOPIC)
  if (gone.length === 0) return member
  return { ...member, commits: member.commits.filter(({ lease }) => !gone.some((one) => isSame(one, lease))) }
}

const isSame = (one: TopicPartition, other: TopicPartition): boolean =>
  one.topic === other.topic && one.partition === other.partition

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
