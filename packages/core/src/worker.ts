import { deadLetterTopicsOf } from './declare/dead-letter-topics.js'
import { everyHandler } from './every-handler.js'
import { createPlainInstances } from './declare/plain-instances.js'
import { resolveName } from './declare/env-name.js'
import type { HandlerTarget } from './declare/plan.js'
import type { AnyTopic } from './declare/topic.js'
import { describeWorker } from './assemble/describe-worker.js'
import { GroupAtWork } from './assemble/group-at-work.js'
import { needsSender, openTransactions, requireTransactions } from './assemble/open-transactions.js'
import { startHooks, stopHooks } from './assemble/lifecycle.js'
import { fail } from './millrace-error.js'
import { systemClock } from './observe/clock.js'
import { createEvents, type EventName, type EventOf, type Events, type MillraceEvent } from './observe/events.js'
import type { WorkerControl } from './observe/control.js'
import type { WorkerDescription } from './observe/description.js'
import { silentLogger } from './observe/logger.js'
import type { WorkerSnapshot, WorkerState } from './observe/snapshot.js'
import { errorFrom } from './observe/thrown.js'
import { createWorkerProducers, type WorkerProducers } from './assemble/worker-producers.js'
import { prepareSerdes } from './assemble/prepare-serdes.js'
import { prepareWorker, type PreparedWorker } from './assemble/prepare-worker.js'
import { Slots } from './process/slots.js'
import type { Sender } from './produce/sender.js'
import type { TransactionalSender } from './produce/transactional-sender.js'
import { BackPressure } from './receive/back-pressure.js'
import { checkTopics, topicsOf } from './receive/check-topics.js'
import type { StopReport, Worker, WorkerOptions } from './assemble/worker-contract.js'
import { within } from './assemble/within.js'
import { createWorkerControl } from './assemble/worker-control.js'
import { takeSnapshot } from './assemble/worker-snapshot.js'
import { OutputBounds } from './settle/output-bounds.js'

type WithDefault = 'instances' | 'middleware' | 'hooks' | 'logger' | 'clock' | 'random' | 'env'

/** How long the container, the driver and the sender may take to close, each, ms. */
const closeLimitMs = 5_000
/** How long the sender waits for what it still holds: every lease has ended, so nothing of it is committed. */
const lastSendMs = 2_000

/** Makes a worker. Nothing is checked or opened before `start()`. */
export const createWorker = (options: WorkerOptions): Worker => new ComposedWorker(options)

/**
 * The composition root of the pipeline.
 *
 * States: `idle -> starting -> running -> stopping -> stopped`. A start that fails ends in `stopped`; a worker whose member
 * can't be kept alive is `failed` until it is stopped.
 */
class ComposedWorker implements Worker {
  state: WorkerState = 'idle'
  readonly #given: WorkerOptions & Required<Pick<WorkerOptions, WithDefault>>
  readonly control: WorkerControl
  readonly #events: Events
  readonly #stopRequested = new AbortController()
  #prepared: PreparedWorker | undefined
  #groups: readonly GroupAtWork[] = []
  #sender: Sender | undefined
  #producers: WorkerProducers | undefined
  /** By group, of those with exactly-once transforms. */
  readonly #transactions = new Map<string, TransactionalSender>()
  #areHooksStarted = false
  /** It has been running, whatever it is now. */
  #hasStarted = false
  #failure: Error | undefined
  #opening: Promise<void> | undefined
  #started: Promise<void> | undefined
  #stopped: Promise<StopReport> | undefined

  constructor(options: WorkerOptions) {
    this.#given = {
      instances: createPlainInstances(),
      middleware: [],
      hooks: [],
      logger: silentLogger,
      clock: systemClock,
      random: Math.random,
      env: process.env,
      ...options,
    }
    const { logger } = this.#given
    this.#events = createEvents((error, { name }) =>
      logger.error({ err: errorFrom(error), event: name }, 'an event listener threw'),
    )
    this.control = createWorkerControl({ events: this.#events, groups: () => this.#groups })
  }

  on<Name extends EventName>(name: Name, listener: (event: EventOf<Name>) => void): () => void {
    return this.#events.on(name, listener)
  }

  onAny(listener: (event: MillraceEvent) => void): () => void {
    return this.#events.onAny(listener)
  }

  inspect(): WorkerSnapshot {
    return takeSnapshot(this.state, this.#groups, this.#hasStarted)
  }

  describe(): WorkerDescription {
    return describeWorker(this.#prepared)
  }

  start(): Promise<void> {
    if (this.#stopped !== undefined)
      return Promise.reject(fail('MILLRACE_WORKER_STATE', { action: 'start()', state: this.state }))
    if (this.#started === undefined) {
      this.state = 'starting'
      this.#opening = inTurn(() => this.#open())
      this.#started = this.#opening.catch((error: unknown) => this.#startFailed(error))
    }
    return this.#started
  }

  stop(): Promise<StopReport> {
    this.#stopRequested.abort('shutdown')
    return this.#closeOnce()
  }

  #closeOnce(): Promise<StopReport> {
    if (this.#stopped === undefined) {
      this.state = 'stopping'
      this.#stopped = inTurn(() => this.#close())
    }
    return this.#stopped
  }

  async #open(): Promise<void> {
    const { instances, driver, hooks, clock, env, logger } = this.#given
    const { signal } = this.#stopRequested
    const prepared = prepareWorker(this.#given, this.#warn)
    if (prepared.options.instanceId !== undefined && !driver.capabilities.staticMembership) {
      throw fail('MILLRACE_DRIVER_LACKS', { driver: driver.name, capability: 'static membership (instanceId)' })
    }
    requireTransactions(prepared.plan, driver)
    this.#prepared = prepared
    signal.throwIfAborted()
    const classes = everyHandler(prepared.plan).flatMap(({ target }) => classOf(target))
    await within({ what: 'resolving the handlers', limitMs: prepared.options.hookTimeoutMs, clock }, () =>
      instances.prepare(classes, this.#producersOf(prepared)),
    )
    await this.#verifyTopics(prepared)
    signal.throwIfAborted()
    await prepareSerdes(prepared.plan, { env, logger, signal, clock, limitMs: prepared.options.hookTimeoutMs })
    signal.throwIfAborted()
    if (needsSender(prepared.plan)) this.#sender = await driver.openSender()
    await openTransactions(prepared, { driver, signal, opened: this.#transactions })
    await startHooks(hooks, prepared.options.hookTimeoutMs, clock, signal)
    this.#areHooksStarted = true
    signal.throwIfAborted()

    this.#groups = this.#openGroups(prepared)
    const joined = this.#everyoneJoined()
    joined.catch(() => undefined) // a member that can't be made ends the start before anybody waits for the others
    for (const { member } of this.#groups) member.join()
    await joined
    signal.throwIfAborted()
    if (this.#failure !== undefined) throw this.#failure
    this.state = 'running'
    this.#hasStarted = true
    this.#events.emit({ name: 'worker.started', groups: prepared.plan.groups.map(({ group }) => group) })
  }

  async #startFailed(error: unknown): Promise<never> {
    const isStopped = this.#stopRequested.signal.aborted
    await this.#closeOnce()
    if (isStopped) throw fail('MILLRACE_WORKER_STATE', { action: 'start()', state: 'stopping' })
    throw error
  }

  #producersOf({ options: { topicPrefix = '' } }: PreparedWorker): WorkerProducers {
    const nameOf = ({ name }: AnyTopic): string => topicPrefix + resolveName(name, this.#given.env)
    return (this.#producers = createWorkerProducers({ ...this.#given, nameOf }))
  }

  async #verifyTopics({ plan, options }: PreparedWorker): Promise<void> {
    if (!options.verifyTopics) return
    const produced = this.#producers?.topics ?? []
    const names = [...new Set([...topicsOf(plan), ...produced])]
    const found = await this.#given.driver.describeTopics(names, this.#stopRequested.signal)
    const { problems, warnings } = checkTopics(plan, found, produced)
    if (problems.length > 0) throw fail('MILLRACE_TOPICS_INVALID', { problems })
    for (const warning of warnings) this.#warn(warning)
  }

  #openGroups({ plan, options, timings }: PreparedWorker): readonly GroupAtWork[] {
    const { driver, clock, random, logger: log, instances } = this.#given
    const ours = deadLetterTopicsOf(plan)
    const { maxConcurrency } = options
    const around = {
      ...{ driver, options, timings, clock, events: this.#events, random, log },
      backPressure: new BackPressure(options),
      workerSlots: maxConcurrency === undefined ? undefined : new Slots(() => maxConcurrency),
      outputBounds: new OutputBounds(options),
      sender: () => this.#plainSender(),
      transactionsOf: (group: string) => this.#transactions.get(group),
      instrument: this.#given.instrument?.(),
      isOurTopic: (topic: string) => ours.has(topic),
      bindingOf: (target: HandlerTarget) => (target.kind === 'method' ? instances.bind(target.consumer) : undefined),
      onGiveUp: (error: Error) => this.#giveUp(error),
    }
    return plan.groups.map((group) => new GroupAtWork(group, around))
  }

  /** Resolves when each member has joined once; rejects when the worker gives up or is stopped before. */
  #everyoneJoined(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const isComplete = (): boolean => this.#groups.every(({ member }) => member.isJoined)
    const { signal } = this.#stopRequested
    const onStop = (): void => reject(signal.reason)
    const offs = [
      this.on('member.joined', () => (isComplete() ? resolve() : undefined)),
      this.on('worker.failed', ({ error }) => reject(error)),
      () => signal.removeEventListener('abort', onStop),
    ]
    signal.addEventListener('abort', onStop)
    return promise.finally(() => {
      for (const off of offs) off()
    })
  }

  #giveUp(error: Error): void {
    if (this.#stopped !== undefined) return
    this.state = 'failed'
    this.#failure = error
    this.#events.emit({ name: 'worker.failed', error })
  }

  /**
   * The end, in order: what was still being opened, drain and leave, hooks, senders and container, producers, driver. Each step runs
   * whatever the one before did.
   */
  async #close(): Promise<StopReport> {
    const { clock, hooks, instances, driver, logger } = this.#given
    const options = this.#prepared?.options
    const leases = this.inspect().groups.flatMap(({ partitions }) => partitions.map(({ inFlight }) => inFlight))
    const inFlight = leases.reduce((sum, { queued, running, awaiting }) => sum + queued + running + awaiting, 0)
    if (this.#groups.length > 0) this.#events.emit({ name: 'worker.draining', reason: 'stop', inFlight })

    const timeoutMs = options?.shutdownTimeoutMs ?? 0
    const endsAt = clock.now() + timeoutMs
    const deadline = new AbortController()
    const timer = clock.after(timeoutMs, () => deadline.abort('shutdown'))
    await this.#openedOrGivenUp(deadline.signal)
    const left = await Promise.allSettled(this.#groups.map((group) => group.leave(deadline.signal)))
    timer.cancel()

    const errors = this.#areHooksStarted ? [...(await stopHooks(hooks, options?.hookTimeoutMs ?? 0, clock))] : []
    const closing = (what: string, close: () => Promise<void> | undefined, limitMs = closeLimitMs) =>
      within({ what: `closing ${what}`, limitMs, clock }, close)
    const early = await Promise.allSettled([
      closing('the sender of dead letters and outputs', () => this.#sender?.close({ timeoutMs: lastSendMs })),
      ...[...this.#transactions].map(([group, sender]) =>
        closing(`the transactions of group "${group}"`, () => sender.close()),
      ),
      closing('the container', () => instances.close()),
    ])
    // After the container, whose objects may send a last record when they are told of the end.
    const flushMs = Math.max(lastSendMs, endsAt - clock.now())
    const flushing = closing('the producers', () => this.#producers?.close(flushMs), flushMs + closeLimitMs)
    const last = await Promise.allSettled([flushing])
    last.push(...(await Promise.allSettled([closing('the driver', () => driver.close())])))
    for (const result of [...early, ...left, ...last]) collect(result, errors)
    for (const err of errors)
      logger.error({ err }, 'something failed while the worker stopped; it stopped all the same')

    this.state = 'stopped'
    const abandoned = left.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0)
    const report = { abandoned, inTime: !deadline.signal.aborted }
    this.#events.emit({ name: 'worker.stopped', ...report })
    return report
  }

  /** A start that is under way has its waits ended by the stop; only then is it known what there is to close. */
  async #openedOrGivenUp(deadline: AbortSignal): Promise<void> {
    const late = Promise.withResolvers<void>()
    deadline.addEventListener('abort', () => late.resolve(), { once: true })
    const opening = this.#opening?.catch(() => undefined) // start() tells its caller
    await Promise.race([opening, late.promise])
  }

  readonly #warn = (warning: string): void => this.#events.emit({ name: 'worker.warned', warning })

  #plainSender(): Sender {
    if (this.#sender === undefined) throw new TypeError('a dead letter or an output that the plan does not know of')
    return this.#sender
  }
}

/** Runs after the caller has noted the promise, so that a listener's call finds it there; a throw is a rejection. */
const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => Promise.resolve().then(run)

const classOf = (target: HandlerTarget) => (target.kind === 'method' ? [target.consumer] : [])

function collect(result: PromiseSettledResult<unknown>, errors: Error[]): void {
  if (result.status === 'rejected') errors.push(errorFrom(result.reason))
}
