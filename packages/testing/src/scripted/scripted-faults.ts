import { type DriverEvent, fail, type Lease, type LeaseCommit, type OutgoingRecord } from '@millrace/core'
import type { Gate } from './gate.js'
import type { ScriptedGroup } from './scripted-group.js'
import type { PlannedCommitFailure } from './scripted-member.js'
import type { PlannedSendFailure } from './scripted-sender.js'
import type { PlannedTransactionEnd, TransactionPace } from './scripted-transactions.js'

/** What a test does to a worker. Where a group is left out, the first group that joined is meant. */
export interface ScriptedFaults {
  /** The next sends fail: by default as timed out, which means certainly not stored. `Infinity` fails all that follow. */
  failNextSends(count: number, error?: Error, which?: { readonly topic?: string; readonly isStored?: boolean }): void
  /** The next commits fail: by default retriably. */
  failNextCommits(count: number, error?: Error): void
  /**
   * The next transactions end so instead of being committed: `aborted`, `fenced` (their leases end) or `unknown` (their leases
   * end; `isCommitted` says which it was). Offsets of a lease that has ended are fenced anyway.
   */
  failNextTransactions(
    count: number,
    end: PlannedTransactionEnd['end'],
    which?: { readonly isCommitted?: boolean },
  ): void
  /** Ends of transactions wait until the returned function is called, or until their signal aborts. */
  holdTransactions(): () => void
  /** From now on the end of a transaction takes so long, ms. */
  slowTransactions(ms: number): void
  /** Sends wait until the returned function is called, or until their delivery timeout. */
  holdSends(which?: { readonly topic?: string }): () => void
  holdCommits(): () => void
  /** Partitions hand nothing over, and nobody is told, until the returned function is called: a driver that is stuck. */
  stallFetches(which?: { readonly topic?: string; readonly partition?: number }): () => void
  /** From now on no drain is waited for longer than this, whatever `revokeDrainMs` says: the group has no more time. */
  endDrainsAfter(limitMs: number): void
  /** Leaving hangs until the returned function is called: a driver that is stuck for good. */
  holdLeaves(): () => void
  /** Look-ups of log ends hang until the returned function is called, or their signal aborts. */
  holdEndOffsets(): () => void
  /** How many calls are being held. */
  held(): {
    readonly sends: number
    readonly commits: number
    readonly endOffsets: number
    readonly transactions: number
  }
  /** Takes one partition away, through an awaited `onRevoked`. Nobody owns it until the next rebalance. */
  revoke(topic: string, partition: number, group?: string): Promise<void>
  /** A new generation, with an awaited `onRevoked` before it. */
  rebalance(group?: string): Promise<void>
  /** The group throws the member out without asking: its leases are fenced first, then it joins again. */
  loseMember(group?: string): Promise<void>
  /** The member dies: its leases end, then `onFatal`. */
  killMember(error?: Error, group?: string): Promise<void>
  /** Hands an event of the driver to the member, such as `partition.failed`. */
  report(event: DriverEvent, group?: string): void
}

export interface StalledPlace {
  readonly topic: string
  readonly partition: number
}

/** How long drains are waited for, at most. */
export interface DrainLimit {
  limitMs: number
}

interface FaultParts {
  readonly sends: Gate<OutgoingRecord, PlannedSendFailure>
  readonly commitGate: Gate<readonly LeaseCommit[], PlannedCommitFailure>
  readonly endsGate: Gate<readonly Lease[], never>
  readonly fetchGate: Gate<StalledPlace, never>
  readonly leaveGate: Gate<string, never>
  readonly transactionGate: Gate<string, PlannedTransactionEnd>
  readonly transactionPace: TransactionPace
  readonly wake: () => void
  readonly drains: DrainLimit
  /** @throws Error when there is no such group. */
  readonly group: (name?: string) => ScriptedGroup
}

const ofTopic = (topic: string | undefined) => (record: OutgoingRecord) => topic === undefined || record.topic === topic
const any = (): boolean => true

export const createScriptedFaults = ({
  sends,
  commitGate,
  endsGate,
  fetchGate,
  leaveGate,
  transactionGate,
  transactionPace,
  wake,
  drains,
  group,
}: FaultParts): ScriptedFaults => ({
  failNextSends: (count, error, { topic, isStored = false } = {}) =>
    sends.failNext(count, { error, isStored }, ofTopic(topic)),
  failNextCommits: (count, error) => commitGate.failNext(count, { error }, any),
  failNextTransactions: (count, end, { isCommitted = false } = {}) =>
    transactionGate.failNext(count, { end, isCommitted }, any),
  holdTransactions: () => transactionGate.hold(any),
  slowTransactions(ms) {
    transactionPace.commitMs = ms
  },
  holdSends: ({ topic } = {}) => sends.hold(ofTopic(topic)),
  holdCommits: () => commitGate.hold(any),
  stallFetches({ topic, partition } = {}) {
    const release = fetchGate.hold(
      (place) =>
        (topic === undefined || place.topic === topic) && (partition === undefined || place.partition === partition),
    )
    return () => {
      release()
      wake()
    }
  },
  endDrainsAfter(limitMs) {
    drains.limitMs = limitMs
  },
  holdLeaves: () => leaveGate.hold(any),
  holdEndOffsets: () => endsGate.hold(any),
  held: () => ({
    sends: sends.held,
    commits: commitGate.held,
    endOffsets: endsGate.held,
    transactions: transactionGate.held,
  }),
  revoke: (topic, partition, name) => group(name).revoke(topic, partition),
  rebalance: (name) => group(name).rebalance(),
  loseMember: (name) => group(name).lose(),
  killMember(error, name) {
    const target = group(name)
    const reason = { group: target.name, reason: 'a test killed it' }
    return target.kill(error ?? fail('MILLRACE_DRIVER_MEMBER_DIED', reason))
  },
  report(event, name) {
    for (const member of group(name).members) member.report(event)
  },
})
