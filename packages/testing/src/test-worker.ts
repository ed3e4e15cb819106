import {
  type AnyTopic,
  createProducer,
  createWorker,
  type Duration,
  type MessageOf,
  type MillraceEvent,
  type Position,
  resolveName,
  type StopReport,
  type Worker,
  type WorkerOptions,
} from '@millrace/core'
import { checkLedger } from './oracles/check-ledger.js'
import { createManualClock, type ManualClock } from './scripted/manual-clock.js'
import { createScriptedDriver, type ScriptedDriver } from './scripted/scripted-driver.js'
import type { ScriptedRecord } from './scripted/scripted-record.js'
import type { StoredRecord } from './scripted/scripted-topics.js'
import { type ReadDeadLetter, readDeadLetter } from './test-worker/read-dead-letter.js'
import { scriptSender } from './test-worker/script-sender.js'
import { createPatience, whatIsOpen } from './test-worker/what-is-open.js'

/** Everything that `createWorker` takes but driver and clock, and what a test may set beside it. */
export interface TestWorkerOptions extends Omit<WorkerOptions, 'driver' | 'clock'> {
  /** Partitions of every topic, dead-letter topics included. Default 1: all records of a topic in one order. */
  readonly partitions?: number
  /** Called before the worker starts: to create topics with limits, or to leave committed offsets of an earlier run. */
  readonly prepare?: (driver: ScriptedDriver) => void
  /** Real milliseconds that `settled()` and `stop()` wait for handlers that do real work. Default 2,000. */
  readonly patienceMs?: number
}

/** What a test sends: as a producer's message, but the key may be left out. */
export type TestMessage<T> = Omit<MessageOf<T>, 'key'> & Partial<Pick<MessageOf<T>, 'key' & keyof MessageOf<T>>>

/** A worker without a broker, in a world where time stands still until the test moves it. */
export interface TestWorker extends AsyncDisposable {
  /** Encodes a message with its topic's serdes and puts it in the topic. The worker sees it in a later turn: await `settled()`. */
  send<T extends AnyTopic>(topic: T, message: TestMessage<T>): Promise<Position>
  /** Puts a record there as bytes: what no serde would write. */
  sendRaw(topic: AnyTopic | string, record: ScriptedRecord): Position
  /**
   * Resolves when everything sent is settled, or waits for time to pass (a retry, a dead letter that is tried again, the next
   * transaction) or for somebody to act (a halted lane): `waiting` says which. Rejects with what is stuck, and why, when handlers still run
   * after `patienceMs` or the worker has failed.
   */
  settled(): Promise<void>
  /** What was not settled when it was last looked at: one line each. */
  readonly waiting: readonly string[]
  /** Moves time on: due retries run, commits and time limits fall due. Then lets everything run that needs no time. */
  advance(by: Duration | number): Promise<void>
  /** Dead letters in the order in which they were written, for each topic and partition. */
  readonly deadLetters: readonly ReadDeadLetter[]
  /** Everything else that was sent through the driver: what handlers produced, outputs of transforms once they are committed. */
  readonly produced: readonly StoredRecord[]
  /** The group's next offset per partition. Commits come with time, with idleness and with `stop()`. */
  committed(topic: AnyTopic | string, group?: string): ReadonlyMap<number, bigint>
  /** Every event since the start. */
  readonly events: readonly MillraceEvent[]
  readonly worker: Worker
  /** For faults: failing sends and commits, rebalances, a dying member. */
  readonly driver: ScriptedDriver
  readonly clock: ManualClock
  /** Stops the worker; moves time where a handler does not end by itself. Rejects when its ledger does not balance or it broke the driver's port. */
  stop(): Promise<StopReport>
}

/**
 * Starts a worker on a scripted driver and a manual clock. Topics come to exist by the plan. Waits between attempts have
 * their full length unless `random` is given, so that `advance` is predictable.
 * @throws MillraceError what `Worker.start()` throws.
 */
export async function testWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const { partitions = 1, prepare, patienceMs = 2_000, ...given } = options
  const clock = createManualClock()
  const driver = createScriptedDriver({ clock, createTopics: { partitions } })
  prepare?.(driver)
  const worker = createWorker({ random: () => 1 - Number.EPSILON, ...given, driver, clock })
  const events: MillraceEvent[] = []
  worker.onAny((event) => events.push(event))
  await worker.start()

  const patience = createPatience({ worker, driver, clock, patienceMs })
  const sender = scriptSender(driver, clock)
  const nameOf = nameIn(given)
  const written = (): readonly StoredRecord[] =>
    driver
      .topics()
      .flatMap((name) => driver.records(name))
      .filter(({ origin }) => origin === 'sender')
  let stopped: Promise<StopReport> | undefined

  async function stop(): Promise<StopReport> {
    const report = await patience.through(worker.stop())
    const wrong = [...checkLedger(worker.inspect()).map(({ text }) => text), ...driver.violations]
    if (wrong.length > 0) throw new Error(`the worker broke its own rules:\n  ${wrong.join('\n  ')}`)
    return report
  }
  const stopOnce = (): Promise<StopReport> => (stopped ??= stop())

  return {
    async send(topic, message) {
      const name = requireRead(driver, nameOf(topic))
      // The key is the only field that may be left out here and not there.
      const whole = { key: null, ...message } as unknown as MessageOf<typeof topic>
      const { env } = given
      return createProducer(topic, name, sender, env === undefined ? {} : { env }).send(whole)
    },
    sendRaw: (topic, record) => driver.send(requireRead(driver, nameOf(topic)), record),
    settled: () => patience.settled(),
    get waiting() {
      return whatIsOpen(worker, driver).map(({ text }) => text)
    },
    advance: (by) => clock.advance(by),
    get deadLetters() {
      return written().flatMap((record) => readDeadLetter(record) ?? [])
    },
    get produced() {
      return written().filter((record) => readDeadLetter(record) === undefined)
    },
    committed: (topic, group) => driver.committed(nameOf(topic), group),
    events,
    worker,
    driver,
    clock,
    stop: stopOnce,
    async [Symbol.asyncDispose]() {
      await stopOnce()
    },
  }
}

/** The name that a topic has in this worker: from the environment, behind the prefix. */
const nameIn =
  ({ topicPrefix = '', env = process.env }: Pick<WorkerOptions, 'topicPrefix' | 'env'>) =>
  (topic: AnyTopic | string): string =>
    typeof topic === 'string' ? topic : topicPrefix + resolveName(topic.name, env)

function requireRead(driver: ScriptedDriver, topic: string): string {
  const read = driver.subscriptions()
  if (read.includes(topic)) return topic
  throw new Error(`no handler of this worker reads "${topic}"; it reads: ${[...new Set(read)].join(', ')}`)
}
