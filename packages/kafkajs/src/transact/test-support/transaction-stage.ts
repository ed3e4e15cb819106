import {
  type Lease,
  type LeaseCommit,
  type MemberOptions,
  type OutgoingRecord,
  type TransactionalSender,
  type TransactionOptions,
} from '@millrace/core'
import { type SharedBroker, uniqueName } from '@millrace/testing'
import { expect, onTestFinished } from 'vitest'
import type { Guard } from '../../guards/guard.js'
import { codeOf } from './code-of.js'
import { createDriverSetup, type DriverSetup } from '../../test-support/driver-setup.js'
import type { PipelineOptions, ScriptedPipeline } from '../../test-support/scripted-pipeline.js'

export interface TransactionStage extends DriverSetup {
  readonly sink: string
  readonly transactionalId: string
  /** Closed at the end of the test. */
  readonly open: (over?: Partial<TransactionOptions>) => Promise<TransactionalSender>
  /** A member that has so many records and commits none of them by itself. */
  readonly hold: (
    count: number,
    over?: Partial<MemberOptions>,
    options?: PipelineOptions,
  ) => Promise<{ readonly member: ScriptedPipeline; readonly lease: Lease }>
  readonly record: (value: string, partition?: number) => OutgoingRecord
  /** Values that a `read_committed` reader sees, by partition. */
  readonly stored: () => Promise<string[]>
  /** The committed offset of partition 0. */
  readonly committed: () => Promise<bigint | undefined>
}

/** Source with one partition, sink with two, and a driver whose transactions are under test. */
export function createTransactionStages(
  broker: Pick<SharedBroker, 'bootstrap' | 'admin' | 'probe'>,
  more: readonly Guard[] = [],
) {
  const { admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker, more)
  const stage = async (defaults: Partial<TransactionOptions> = {}): Promise<TransactionStage> => {
    const base = await setup(1)
    const sink = uniqueName('invoices')
    await admin.createTopic(sink, { partitions: 2 })
    const transactionalId = uniqueName('tx')
    /** A commit is answered before its markers are written, and readers see what stands before them. */
    const markersAreWritten = async (): Promise<void> => {
      const ending = async () =>
        (await probe.transactions(transactionalId)).filter(({ state }) => state.startsWith('Prepare'))
      await expect.poll(ending).toEqual([])
    }
    return {
      ...base,
      sink,
      transactionalId,
      async open(over = {}) {
        const options = { transactionalId, transactionTimeoutMs: 15_000, ...defaults, ...over }
        const sender = await base.driver.openTransactions(options, AbortSignal.timeout(60_000))
        onTestFinished(() => sender.close())
        return sender
      },
      async hold(count, over = {}, options = {}) {
        await base.produce(count)
        const member = base.join(over, { commitEveryMs: 1_000_000, onRevoked: () => Promise.resolve(), ...options })
        await member.when('its records', ({ handled }) => handled.length === count)
        const [lease] = member.leases
        if (lease === undefined) throw new Error('no lease')
        return { member, lease }
      },
      record: (value, partition = 0) => ({ topic: sink, partition, key: null, value: Buffer.from(value) }),
      async stored() {
        await markersAreWritten()
        return (await probe.read(sink)).map(({ value }) => String(value))
      },
      async committed() {
        await markersAreWritten()
        return (await admin.committed(base.group))[0]?.offset
      },
    }
  }
  return { stage, leaveAll }
}

/** One transaction with these values for partition 0. Returns `committed` or the code that `commit` rejected with. */
export async function transact(
  sender: TransactionalSender,
  records: readonly OutgoingRecord[],
  commits: readonly LeaseCommit[] = [],
): Promise<string> {
  const transaction = sender.begin()
  for (const record of records) transaction.send(record).catch(() => undefined) // commit tells
  return transaction.commit(commits).then(() => 'committed', codeOf)
}
