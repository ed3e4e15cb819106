/**
 * Drivers that break one rule each. A search that does not find them within a few schedules proves nothing about a worker that it
 * finds nothing in.
 */
import type { Driver, Lease, LeaseCommit, Member, MemberEvents, MemberOptions, ReceivedBatch } from '@millrace/core'

/** Stands between a worker and its driver. `process` is the name of the worker's process, such as `worker-0#1`. */
export type Meddle = (driver: Driver, process: string) => Driver

type MeddledJoin = (join: (events: MemberEvents) => Member, events: MemberEvents, process: string) => Member

const meddleWithMembers =
  (meddled: MeddledJoin): Meddle =>
  (driver, process) => ({
    ...driver,
    join: (options: MemberOptions, events: MemberEvents) =>
      meddled((told) => driver.join(options, told), events, process),
  })

const partitionOf = ({ topic, partition }: Lease): string => `${topic}[${partition}]`

/** Commits the offset behind the next one. */
const commitsTooFar = meddleWithMembers((join, events) => {
  const member = join(events)
  const further = (commit: LeaseCommit): LeaseCommit => ({ ...commit, offset: commit.offset + 1n })
  return withCommit(member, (commits, signal) => member.commit(commits.map(further), signal))
})

/** Says that the last commit of a lease is done, and does not make it. */
const forgetsLastCommit = meddleWithMembers((join, events) => {
  let isRevoking = false
  const member = join({
    ...forwarded(events),
    async onRevoked(leases, reason) {
      isRevoking = true
      await events.onRevoked(leases, reason)
      isRevoking = false
    },
  })
  return withCommit(member, async (commits, signal) => {
    if (!isRevoking) await member.commit(commits, signal)
  })
})

/** Hands two records over the wrong way round. */
const swapsRecords = meddleWithMembers((join, events) =>
  join({ ...forwarded(events), onRecords: (lease, batch) => events.onRecords(lease, swapped(batch)) }),
)

/** A process that took the place of one that ended leaves out the first record of each lease. */
const dropsAfterCrash = meddleWithMembers((join, events, process) => {
  const isBack = Number(process.split('#')[1]) > 2
  const begun = new Set<Lease>()
  return join({
    ...forwarded(events),
    onRecords(lease, batch) {
      const isFirst = isBack && batch.records.length > 0 && !begun.has(lease)
      if (batch.records.length > 0) begun.add(lease)
      events.onRecords(lease, isFirst ? { ...batch, records: batch.records.slice(1) } : batch)
    },
  })
})

/** A commit of a lease that has ended is made all the same, as soon as the partition is back. */
const commitsAfterRevoke = meddleWithMembers((join, events) => {
  const last = new Map<string, bigint>()
  const member = join({
    ...forwarded(events),
    async onAssigned(leases, generation) {
      await events.onAssigned(leases, generation)
      for (const lease of leases) {
        const offset = last.get(partitionOf(lease))
        if (offset === undefined) continue
        setTimeout(() => void member.commit([{ lease, offset }], new AbortController().signal).catch(() => undefined), lateMs)
      }
    },
  })
  return withCommit(member, (commits, signal) => {
    for (const { lease, offset } of commits) last.set(partitionOf(lease), offset)
    return member.commit(commits, signal)
  })
})
/** By then the next lease has gone on. */
const lateMs = 700

/** Commits outputs without the offsets of their records. */
const leavesOffsetsOut: Meddle = (driver) => ({
  ...driver,
  async openTransactions(options, signal) {
    const inner = await driver.openTransactions(options, signal)
    return {
      close: () => inner.close(),
      begin() {
        const transaction = inner.begin()
        return {
          send: (record) => transaction.send(record),
          abort: () => transaction.abort(),
          commit: (_offsets, ending) => transaction.commit([], ending),
        }
      },
    }
  },
})

/** Every one has to be found. Those of `pipelines` break transforms, the others handlers. */
export const seededDefects = {
  handlers: { commitsTooFar, forgetsLastCommit, swapsRecords, dropsAfterCrash, commitsAfterRevoke },
  pipelines: { leavesOffsetsOut },
} as const satisfies Record<string, Record<string, Meddle>>

const forwarded = (events: MemberEvents): MemberEvents => ({
  onAssigned: (leases, generation) => events.onAssigned(leases, generation),
  onRevoked: (leases, reason) => events.onRevoked(leases, reason),
  onRecords: (lease, batch) => events.onRecords(lease, batch),
  onEvent: (event) => events.onEvent(event),
  onFatal: (error) => events.onFatal(error),
})

const withCommit = (member: Member, commit: Member['commit']): Member => ({
  commit,
  endOffsets: (leases, signal) => member.endOffsets(leases, signal),
  leave: () => member.leave(),
})

function swapped(batch: ReceivedBatch): ReceivedBatch {
  const [first, second, ...rest] = batch.records
  if (first === undefined || second === undefined) return batch
  return { ...batch, records: [second, first, ...rest] }
}
