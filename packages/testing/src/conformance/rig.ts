import { type Driver, isMillraceError, type MemberOptions, type Sender, type SenderOptions } from '@millrace/core'
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
  /** A member on a driver of its own. */
  join(topics: string | readonly string[], options?: JoinOptions): Promise<MemberLog>
  sender(options?: Partial<SenderOptions>): Promise<Sender>
  /** Resolves when the condition holds. Rejects with what was awaited, and with what the members were told, when it does not within the patience. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>
  /** Looks on for a while. */
  wait(ms: number): Promise<void>
  /** Resolves when all members were told of the same generation, and of no other since. */
  settled(...members: readonly MemberLog[]): Promise<void>
}

const CLEANUP_LIMIT_MS = 5000

const memberDefaults: Omit<MemberOptions, 'group' | 'topics'> = {
  sessionTimeoutMs: 15_000,
  heartbeatIntervalMs: 200,
  rebalanceTimeoutMs: 30_000,
  revokeDrainMs: 20_000,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1_048_576,
}

export interface OpenRig {
  readonly rig: RuleRig
  close(): Promise<void>
}

export function openRig(harness: ConformanceHarness, signal: AbortSignal): OpenRig {
  const { cluster, limits, uniqueName } = harness
  const group = uniqueName('group')
  const members: MemberLog[] = []
  /** How members and senders end, and how the drivers below them do. */
  const users: (() => Promise<unknown>)[] = []
  const drivers: (() => Promise<unknown>)[] = []
  let calls = 0
  const now = (): number => (calls += 1)

  async function owned(create: () => Driver | Promise<Driver>): Promise<Driver> {
    const driver = await create()
    drivers.push(() => driver.close())
    return driver
  }
  const driver = (): Promise<Driver> => owned(() => harness.createDriver())
  const summary = (): string => members.map((member) => member.summary()).join('; ')

  async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = performance.now() + limits.patienceMs
    while (!(await condition())) {
      if (signal.aborted || performance.now() > endMs) throw new Error(`did not happen: ${what}; ${summary()}`)
      await pause(limits.pollMs, signal)
    }
  }

  const rig: RuleRig = {
    cluster,
    limits,
    group,
    uniqueName,
    driver,
    until,
    async topic({ partitions = 1, ...needs } = {}) {
      const name = uniqueName('topic')
      await cluster.createTopic(name, { partitions, ...needs })
      return name
    },
    async doomedDriver() {
      const { createDoomedDriver } = harness
      if (createDoomedDriver === undefined) throw new Error('this harness has no driver whose members die')
      return owned(() => createDoomedDriver())
    },
    async join(topics, { driver: given, onAssigned, onRevoked, onRecords, ...options } = {}) {
      const script = {
        ...(onAssigned === undefined ? {} : { onAssigned }),
        ...(onRevoked === undefined ? {} : { onRevoked }),
        ...(onRecords === undefined ? {} : { onRecords }),
      }
      const chosen = { ...memberDefaults, group, topics: [topics].flat(), ...options }
      const log = new MemberLog(given ?? (await driver()), chosen, script, now)
      members.push(log)
      users.push(() => log.member.leave())
      return log
    },
    async sender(options) {
      const sender = await (await driver()).openSender(options)
      users.push(() => sender.close({ timeoutMs: 1000 }))
      return sender
    },
    wait: (ms) => pause(ms, signal),
    settled: (...which) =>
      until('all members were told of the same generation', () => {
        const [first, ...others] = which.map((one) => isCurrent(one) && one.generation)
        return typeof first === 'number' && others.every((generation) => generation === first)
      }),
  }
  const limitMs = Math.min(CLEANUP_LIMIT_MS, limits.patienceMs)
  return {
    rig,
    async close() {
      // Leaving and closing have rules of their own: what they do wrong here is no part of this rule's answer.
      await Promise.all(users.map((end) => bounded(end, limitMs)))
      await Promise.all(drivers.map((end) => bounded(end, limitMs)))
    },
  }
}

async function bounded(end: () => Promise<unknown>, limitMs: number): Promise<void> {
  const ended = new AbortController()
  const ending = end()
    .catch(() => undefined)
    .finally(() => ended.abort())
  await Promise.race([ending, pause(limitMs, ended.signal)])
}

/** Whether nothing has been taken away since the last assignment. */
const isCurrent = (log: MemberLog): boolean =>
  (log.all('assigned-done').at(-1)?.at ?? 0) > (log.calls.findLast(({ kind }) => kind === 'revoked')?.at ?? 0)

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}

/** The code that a call rejected with, or how else it ended. */
export async function outcomeOf(call: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof call === 'function' ? call() : call)
    return 'resolved'
  } catch (error) {
    return isMillraceError(error) ? error.code : `an error without a code of ours: ${String(error)}`
  }
}
