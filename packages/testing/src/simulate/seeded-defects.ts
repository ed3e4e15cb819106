/**
 * Drivers that break one rule each. A search that does not find them within a few schedules proves nothing about a worker that it
 * finds nothing in.
 */
import type {
  Driver,
  Lease,
  LeaseCommit,
  Member,
  MemberEvents,
  MemberOptions,
  ReceivedBatch,
  Sender,
  TransactionalSender,
} from '@millrace/core'

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
        setTimeout(
          () => void member.commit([{ lease, offset }], new AbortController().signal).catch(() => undefined),
          lateMs,
        )
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

type Begun = ReturnType<TransactionalSender['begin']>

const meddleWithTransactions =
  (meddled: (begun: Begun, count: number, plain: Sender) => Partial<Begun>): Meddle =>
  (driver) => ({
    ...driver,
    async openTransactions(options, signal) {
      const inner = await driver.openTransactions(options, signal)
      const plain = await driver.openSender()
      let count = 0
      return {
        async close() {
          await Promise.all([inner.close(), plain.close()])
        },
        begin() {
          const begun = inner.begin()
          count += 1
          const straight: Begun = {
            send: (record) => begun.send(record),
            commit: (offsets, ending) => begun.commit(offsets, ending),
            abort: () => begun.abort(),
          }
          return { ...straight, ...meddled(begun, count, plain) }
        },
      }
    },
  })

/** Commits the outputs of every other transaction without the offsets of their records. */
const leavesOffsetsOut = meddleWithTransactions((begun, count) => ({
  commit: (offsets, ending) => begun.commit(count % 2 === 1 ? [] : offsets, ending),
}))

/** Sends the outputs beside the transaction: who aborts it takes nothing back. */
const sendsOutside = meddleWithTransactions((_begun, _count, plain) => ({ send: (record) => plain.send(record) }))

/** Sends each record of the second transaction twice. */
const sendsTwice = meddleWithTransactions((begun, count) => ({
  send(record) {
    // Its refusal is that of the other one.
    if (count === 2) begun.send(record).catch(() => undefined)
    return begun.send(record)
  },
}))

/** Every one has to be found. Those of `pipelines` break transforms, the others handlers. */
export const seededDefects = {
  handlers: { commitsTooFar, forgetsLastCommit, swapsRecords, dropsAfterCrash, commitsAfterRevoke },
  pipelines: { leavesOffsetsOut, sendsOutside, sendsTwice },
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
