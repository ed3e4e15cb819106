import type {
  Driver,
  Lease,
  Member,
  MemberOptions,
  RawRecord,
  Sender,
  SenderOptions,
  TransactionalSender,
  TransactionOptions,
} from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { until } from '../../rig/until.js'

export interface Delivered {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly record: RawRecord
}

/** A member of the driver that takes what it gets and finishes it at once. */
export interface SteadyMember {
  readonly member: Member
  readonly assignments: readonly { readonly leases: readonly Lease[]; readonly generation: number }[]
  readonly revocations: readonly { readonly leases: readonly Lease[]; readonly lost: boolean }[]
  readonly delivered: readonly Delivered[]
  readonly fatal: readonly Error[]
  /** What happened on the way, by the names of the events. */
  readonly events: readonly string[]
  /** Resolves with the first `count` records, by partition. */
  first(count: number): Promise<readonly Delivered[]>
  /** Resolves with the leases of the newest generation, when there have been `times` of them. */
  assigned(times?: number): Promise<readonly Lease[]>
  leave(): Promise<void>
}

export interface DriverClients {
  readonly driver: Driver
  member(group: string, topics: readonly string[], over?: Partial<MemberOptions>): SteadyMember
  sender(options?: Partial<SenderOptions>): Promise<Sender>
  transactions(options: TransactionOptions): Promise<TransactionalSender>
}

const openLimitMs = 20_000

/** The clients that millrace itself uses. What they open is closed by `defer`. */
export function createDriverClients(
  bootstrap: readonly string[],
  defer: (close: () => Promise<void>) => void,
): DriverClients {
  const driver = createKafkajsDriver({ brokers: bootstrap })
  defer(() => driver.close())
  return {
    driver,
    member: (group, topics, over = {}) => join(driver, { ...usual, group, topics, ...over }, defer),
    async sender(options) {
      const sender = await driver.openSender({ lingerMs: 0, ...options })
      defer(() => sender.close())
      return sender
    },
    async transactions(options) {
      const sender = await driver.openTransactions({ lingerMs: 0, ...options }, AbortSignal.timeout(openLimitMs))
      defer(() => sender.close())
      return sender
    },
  }
}

const usual: Omit<MemberOptions, 'group' | 'topics'> = {
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 100,
  rebalanceTimeoutMs: 20_000,
  revokeDrainMs: 10_000,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1_048_576,
}

function join(driver: Driver, options: MemberOptions, defer: (close: () => Promise<void>) => void): SteadyMember {
  const assignments: SteadyMember['assignments'][number][] = []
  const revocations: SteadyMember['revocations'][number][] = []
  const delivered: Delivered[] = []
  const fatal: Error[] = []
  const events: string[] = []
  const member = driver.join(options, {
    onAssigned: (leases, generation) => void assignments.push({ leases, generation }),
    onRevoked: (leases, { lost }) => void revocations.push({ leases, lost }),
    onRecords({ topic, partition }, { baseOffset, records }) {
      for (const record of records) {
        delivered.push({ topic, partition, offset: baseOffset + BigInt(record.offsetDelta), record })
      }
    },
    onEvent: ({ name }) => void events.push(name),
    onFatal: (error) => void fatal.push(error),
  })
  const leave = (): Promise<void> => member.leave()
  defer(leave)
  const enough = (list: readonly unknown[], count: number) => () => {
    if (fatal[0] !== undefined && list !== fatal) throw fatal[0]
    return list.length >= count ? true : undefined
  }
  return {
    member,
    assignments,
    revocations,
    delivered,
    fatal,
    events,
    leave,
    async first(count) {
      await until(`${count} records of ${options.group}`, enough(delivered, count), { everyMs: 10 })
      return delivered.slice(0, count).toSorted((a, b) => a.partition - b.partition)
    },
    async assigned(times = 1) {
      await until(`generation ${times} of ${options.group}`, enough(assignments, times), { everyMs: 10 })
      return assignments.at(-1)?.leases ?? []
    },
  }
}
