import {
  type Clock,
  type Driver,
  type DriverCapabilities,
  type Lease,
  type LeaseCommit,
  type OutgoingRecord,
  systemClock,
} from '@millrace/core'
import { createGate, type Gate } from './gate.js'
import { createScriptedFaults, type DrainLimit, type ScriptedFaults, type StalledPlace } from './scripted-faults.js'
import type { StoredCommit } from './scripted-group.js'
import { createScriptedGroups, type ScriptedGroups } from './scripted-groups.js'
import { createScriptedLogs, type ScriptedLogs } from './scripted-logs.js'
import type { PlannedCommitFailure } from './scripted-member.js'
import { type PlannedSendFailure, ScriptedSender } from './scripted-sender.js'
import {
  createTransactions,
  type EndedTransaction,
  type PlannedTransactionEnd,
  type TransactionPace,
} from './scripted-transactions.js'
import { createScriptedTopics, type ScriptedTopicOptions, type ScriptedTopics } from './scripted-topics.js'

export interface ScriptedDriverOptions {
  /** Default: the system clock. With a manual clock nothing happens unless a test lets it. */
  readonly clock?: Clock
  /** Records per hand-over at most. Default 500. */
  readonly batchRecords?: number
  /** Creates each topic that a worker asks for, reads or writes, instead of saying that it is missing. */
  readonly createTopics?: ScriptedTopicOptions
  /** Says that it can keep static members; it does in any case. Default false. */
  readonly staticMembership?: boolean
  /** Says that it can keep transactions; it does in any case. Default true. */
  readonly transactions?: boolean
}

/**
 * A driver without a broker: topics, groups and offsets in memory. It hands records over on turns of its clock, in the
 * same order each time, and holds the pipeline to the port: see `violations`.
 */
export interface ScriptedDriver extends Driver, ScriptedLogs, ScriptedFaults {
  committed(topic: string, group?: string): ReadonlyMap<number, bigint>
  /** Presets a committed offset, as if an earlier run of the group had left it. */
  setCommitted(topic: string, partition: number, offset: bigint, group: string): void
  /**
   * The offset of a transaction of somebody else that is under way: nobody begins at the partition before the returned function is
   * called. What that transaction commits is preset by `setCommitted`.
   */
  pendOffset(topic: string, partition: number, group: string): () => void
  /** Every commit that was stored. */
  readonly commits: readonly StoredCommit[]
  /** Groups that somebody joined or whose offset was preset. */
  groups(): readonly string[]
  /** What each member of a group owns; empty for a group that nobody has joined. */
  owned(group: string): readonly (readonly { readonly topic: string; readonly partition: number }[])[]
  /** Topics that members of a group have ever subscribed to; without a group, of all groups. */
  subscriptions(group?: string): readonly string[]
  /** Transactions that have ended, in that order. */
  readonly transactions: readonly EndedTransaction[]
  /** Breaches of the port by the pipeline: a commit above what was handed over, a falling commit, a throwing listener. Must stay empty. */
  readonly violations: readonly string[]
}

export function createScriptedDriver(options: ScriptedDriverOptions = {}): ScriptedDriver {
  const {
    clock = systemClock,
    batchRecords = 500,
    createTopics,
    staticMembership = false,
    transactions: canTransact = true,
  } = options
  const topics = createScriptedTopics({ segmentRecords: batchRecords, createTopics })
  const gates = createGates(clock)
  const { sends, commitGate, endsGate, leaveGate, transactionGate } = gates
  const transactionPace: TransactionPace = { commitMs: 0 }
  const ended: EndedTransaction[] = []
  const drains: DrainLimit = { limitMs: Number.POSITIVE_INFINITY }
  const commits: StoredCommit[] = []
  const violations: string[] = []
  const violated = (text: string): void => void violations.push(text)
  const wake = createPump(clock, () => groups.handOver(batchRecords))
  const groups = createScriptedGroups({
    clock,
    topics,
    commitGate,
    endsGate,
    leaveGate,
    drains,
    isStalled: (topic, partition) => gates.fetchGate.isHeld({ topic, partition }),
    commits,
    wake,
    violated,
  })

  const transactionParts = {
    ...{ clock, topics, groups, sends, wake, ended },
    ...{ gate: transactionGate, pace: transactionPace, ensureTopic: (name: string) => topics.ensure([name]) },
  }

  return {
    ...createPort(
      { clock, topics, groups, sends, wake, openTransactions: createTransactions(transactionParts) },
      { staticMembership, transactions: canTransact },
    ),
    ...createScriptedLogs({ clock, topics, wake }),
    committed: (topic, group) => groups.existing(group).committed(topic),
    setCommitted: (topic, partition, offset, group) => groups.named(group).setCommitted(topic, partition, offset),
    pendOffset: (topic, partition, group) => groups.named(group).pend(topic, partition),
    commits,
    groups: () => groups.names(),
    owned: (group) => groups.named(group).members.map((member) => member.leases),
    subscriptions: (group) => groups.subscriptions(group),
    transactions: ended,
    violations,
    ...createScriptedFaults({
      ...gates,
      transactionPace,
      wake,
      drains,
      group: (name) => groups.existing(name),
    }),
  }
}

/** Where a test holds or fails what the pipeline asks for. */
const createGates = (clock: Clock) => ({
  sends: createGate<OutgoingRecord, PlannedSendFailure>(clock),
  commitGate: createGate<readonly LeaseCommit[], PlannedCommitFailure>(clock),
  endsGate: createGate<readonly Lease[], never>(clock),
  fetchGate: createGate<StalledPlace, never>(clock),
  leaveGate: createGate<string, never>(clock),
  transactionGate: createGate<string, PlannedTransactionEnd>(clock),
})

interface PortParts {
  readonly clock: Clock
  readonly topics: ScriptedTopics
  readonly groups: ScriptedGroups
  readonly sends: Gate<OutgoingRecord, PlannedSendFailure>
  readonly wake: () => void
  readonly openTransactions: Driver['openTransactions']
}

/** What the pipeline sees of it. */
const createPort = (
  { clock, topics, groups, sends, wake, openTransactions }: PortParts,
  capabilities: DriverCapabilities,
): Driver => ({
  name: 'scripted',
  capabilities,
  async describeTopics(names) {
    topics.ensure(names)
    const known = names.flatMap((name) => topics.get(name)?.description ?? [])
    return new Map(known.map((description) => [description.name, description]))
  },
  join(member, events) {
    topics.ensure(member.topics)
    return groups.join(member, events)
  },
  openSender: async ({ deliveryTimeoutMs = 30_000 } = {}) =>
    new ScriptedSender({
      topics,
      gate: sends,
      clock,
      deliveryTimeoutMs,
      ensureTopic: (name) => topics.ensure([name]),
      stored: wake,
    }),
  openTransactions,
  close: async () => undefined,
})

/** Runs rounds on turns of the clock until one is empty. Never inside the caller's stack: a real driver does not either. */
function createPump(clock: Clock, round: () => boolean): () => void {
  let isRunning = false
  async function run(): Promise<void> {
    do await clock.yield()
    while (round())
    isRunning = false
  }
  return () => {
    if (isRunning) return
    isRunning = true
    void run()
  }
}
