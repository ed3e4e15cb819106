import {
  type Driver,
  isMillraceError,
  type MemberOptions,
  type Sender,
  type SenderOptions,
  systemClock,
  type TransactionalSender,
  type TransactionOptions,
} from '@millrace/core'
import type { ClusterView } from './cluster-view.js'
import type { ConformanceHarness, HarnessLimits } from './harness.js'
import { MemberLog, type MemberScript } from './member-log.js'

export interface TopicNeeds {
  /** Default 1. */
  readonly partitions?: number
  readonly maxMessageBytes?: number
  readonly retentionMs?: number
}

export type JoinOptions = Partial<MemberOptions> & MemberScript & { readonly driver?: Driver }

export interface RigTransactionOptions extends Partial<TransactionOptions> {
  readonly driver?: Driver
}

/** What a rule works with. Whatever it opens here is closed after it. */
export interface RuleRig {
  readonly cluster: ClusterView
  readonly limits: HarnessLimits
  /** The group of `join` where none is named. */
  readonly group: string
  uniqueName(prefix: string): string
  /** A new topic that can be written to. */
  topic(needs?: TopicNeeds): Promise<string>
  driver(): Promise<Driver>
  doomedDriver(): Promise<Driver>
  unreachableDriver(): Promise<Driver>
  /** A member on a driver of its own. */
  join(topics: string | readonly string[], options?: JoinOptions): Promise<MemberLog>
  sender(options?: Partial<SenderOptions>): Promise<Sender>
  /** A transactional producer: with an id of its own, and on a driver of its own. A lease is committed through the driver of its member. */
  transactions(options?: RigTransactionOptions): Promise<TransactionalSender>
  /** Resolves when the condition holds. Rejects with what was awaited, and with what the members were told, when it does not within the patience. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>
  /** Looks on for a while. */
  wait(ms: number): Promise<void>
  /** Resolves when all members were told of the same generation, and of no other since. */
  settled(...members: readonly MemberLog[]): Promise<void>
}

const CLEANUP_LIMIT_MS = 5000
/** Above every patience: what ends earlier was ended by somebody. */
const TRANSACTION_TIMEOUT_MS = 120_000

const memberDefaults: Omit<MemberOptions, 'group' | 'topics'> = {
  sessionTimeoutMs: 15_000,
  heartbeatIntervalMs: 200,
  rebalanceTimeoutMs: 30_000,
  revokeDrainMs: 20_000,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1_048_576,
}

/** A rig and what it has opened. */
export class OpenRig implements RuleRig {
  readonly cluster: ClusterView
  readonly limits: HarnessLimits
  readonly group: string
  readonly #harness: ConformanceHarness
  readonly #signal: AbortSignal
  readonly #members: MemberLog[] = []
  readonly #senders: Sender[] = []
  readonly #producers: TransactionalSender[] = []
  readonly #drivers: Driver[] = []
  #calls = 0

  constructor(harness: ConformanceHarness, signal: AbortSignal) {
    this.cluster = harness.cluster
    this.limits = harness.limits
    this.group = harness.uniqueName('group')
    this.#harness = harness
    this.#signal = signal
  }

  uniqueName(prefix: string): string {
    return this.#harness.uniqueName(prefix)
  }

  async topic({ partitions = 1, ...needs }: TopicNeeds = {}): Promise<string> {
    const name = this.uniqueName('topic')
    await this.cluster.createTopic(name, { partitions, ...needs })
    return name
  }

  async driver(): Promise<Driver> {
    return this.#own(await this.#harness.createDriver())
  }

  async doomedDriver(): Promise<Driver> {
    const driver = await this.#harness.createDoomedDriver?.()
    if (driver === undefined) throw new Error('this harness has no driver whose members die')
    return this.#own(driver)
  }

  async unreachableDriver(): Promise<Driver> {
    const driver = await this.#harness.createUnreachableDriver?.()
    if (driver === undefined) throw new Error('this harness has no driver for a cluster that is not there')
    return this.#own(driver)
  }

  async join(
    topics: string | readonly string[],
    { driver, onAssigned, onRevoked, onRecords, ...options }: JoinOptions = {},
  ): Promise<MemberLog> {
    const script = { onAssigned, onRevoked, onRecords }
    const chosen = { ...memberDefaults, group: this.group, topics: [topics].flat(), ...options }
    const log = new MemberLog(driver ?? (await this.driver()), chosen, script, () => (this.#calls += 1))
    this.#members.push(log)
    return log
  }

  async sender(options?: Partial<SenderOptions>): Promise<Sender> {
    const sender = await (await this.driver()).openSender(options)
    this.#senders.push(sender)
    return sender
  }

  async transactions({ driver, ...options }: RigTransactionOptions = {}): Promise<TransactionalSender> {
    const chosen = { transactionalId: this.uniqueName('tx'), transactionTimeoutMs: TRANSACTION_TIMEOUT_MS, ...options }
    const producer = await (driver ?? (await this.driver())).openTransactions(chosen, this.#signal)
    this.#producers.push(producer)
    return producer
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = performance.now() + this.limits.patienceMs
    while (!(await condition())) {
      if (this.#signal.aborted || performance.now() > endMs) {
        throw new Error(`did not happen: ${[what, ...this.#members.map((log) => log.summary())].join('; ')}`)
      }
      await this.wait(this.limits.pollMs)
    }
  }

  wait(ms: number): Promise<void> {
    return systemClock.wait(ms, this.#signal)
  }

  settled(...members: readonly MemberLog[]): Promise<void> {
    return this.until('all members were told of the same generation', () => {
      const [first, ...others] = members.map((one) => isCurrent(one) && one.generation)
      return typeof first === 'number' && others.every((generation) => generation === first)
    })
  }

  /** Closes what the rule has opened. Bounded, never rejects: leaving and closing have rules of their own. */
  async close(): Promise<void> {
    const limitMs = Math.min(CLEANUP_LIMIT_MS, this.limits.patienceMs)
    const members = this.#members.map((log) => () => log.member.leave())
    const senders = this.#senders.map((sender) => () => sender.close({ timeoutMs: 1000 }))
    const producers = this.#producers.map((producer) => () => producer.close())
    await Promise.all([...members, ...senders, ...producers].map((end) => bounded(end, limitMs)))
    await Promise.all(this.#drivers.map((driver) => bounded(() => driver.close(), limitMs)))
  }

  #own(driver: Driver): Driver {
    this.#drivers.push(driver)
    return driver
  }
}

async function bounded(end: () => Promise<unknown>, limitMs: number): Promise<void> {
  const ended = new AbortController()
  const ending = end()
    .catch(() => undefined) // see close()
    .finally(() => ended.abort())
  await Promise.race([ending, systemClock.wait(limitMs, ended.signal)])
}

/** Whether nothing has been taken away since the last assignment. */
const isCurrent = (log: MemberLog): boolean =>
  (log.all('assigned-done').at(-1)?.at ?? 0) > (log.calls.findLast(({ kind }) => kind === 'revoked')?.at ?? 0)

/** The code that a call rejected with, or how else it ended. */
export async function outcomeOf(call: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof call === 'function' ? call() : call)
    return 'resolved'
  } catch (error) {
    return isMillraceError(error) ? error.code : `an error without a code of ours: ${String(error)}`
  }
}
