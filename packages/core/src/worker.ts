import { buildPlan } from './declare/build-plan.js'
import type { HandlerTarget, Plan } from './declare/plan.js'
import { createPlainInstances } from './declare/plain-instances.js'
import { type GroupAtWork, putGroupToWork } from './group-at-work.js'
import { startHooks, stopHooks } from './lifecycle.js'
import { fail } from './millrace-error.js'
import { systemClock } from './observe/clock.js'
import { createEvents } from './observe/events.js'
import { silentLogger } from './observe/logger.js'
import type { ObservedWorker } from './observe/observed-worker.js'
import type { WorkerState } from './observe/snapshot.js'
import { errorFrom } from './observe/thrown.js'
import { resolveOptions } from './option.js'
import { type ResolvedWorkerOptions, workerOptions } from './options.js'
import { Slots } from './process/slots.js'
import type { Sender } from './produce/sender.js'
import { BackPressure } from './receive/back-pressure.js'
import { checkTopics, topicsOf } from './receive/check-topics.js'
import { deriveTimings, type Timings } from './receive/timings.js'
import type { WorkerOptions } from './worker-options.js'
import { takeSnapshot } from './worker-snapshot.js'

export interface StopReport {
  /** Records that were handed back: not settled, to be read again by the next owner. */
  readonly abandoned: number
  /** Whether all running handlers finished before `shutdownTimeout`. */
  readonly inTime: boolean
}

export interface Worker extends ObservedWorker {
  readonly state: WorkerState
  /**
   * Validates the plan, checks the topics, runs the onStart hooks and joins the groups; resolves when every member has
   * joined. Owns no signal and never exits. Calling it again while it starts or runs gives the same promise.
   * @throws MillraceError `MILLRACE_PLAN_INVALID`, `MILLRACE_OPTIONS_INVALID`, `MILLRACE_TOPICS_INVALID`, the codes of the
   * driver and of the hooks; everything that was opened is closed again.
   */
  start(): Promise<void>
  /** Drains, commits, leaves, flushes, closes. Clean from any state, and the same promise however often it is called. */
  stop(): Promise<StopReport>
}

/** Everything that exists only while the worker is up. */
interface Running {
  readonly options: ResolvedWorkerOptions
  readonly plan: Plan
  readonly timings: Timings
  groups: readonly GroupAtWork[]
  sender: Sender | undefined
  hooksStarted: boolean
}

/**
 * A worker: the composition root of the pipeline.
 *
 * States: `idle -> starting -> running -> stopping -> stopped`. A start that fails ends in `stopped`; a worker whose member
 * can't be kept alive is `failed` until it is stopped.
 */
export function createWorker(given: WorkerOptions): Worker {
  const {
    consumers,
    driver,
    middleware = [],
    hooks = [],
    logger = silentLogger,
    clock = systemClock,
    random = Math.random,
  } = given
  const instances = given.instances ?? createPlainInstances()
  const events = createEvents((error, { name }) =>
    logger.error({ err: errorFrom(error), event: name }, 'an event listener threw'),
  )
  let state: WorkerState = 'idle'
  let running: Running | undefined
  let started: Promise<void> | undefined
  let stopped: Promise<StopReport> | undefined
  const stopRequested = new AbortController()

  async function start(): Promise<void> {
    try {
      const up = prepare()
      running = up
      await instances.prepare(
        up.plan.groups.flatMap(({ handlers }) => handlers.flatMap(({ target }) => classOf(target))),
      )
      await verifyTopics(up)
      if (topicsOfDeadLetters(up.plan).size > 0) up.sender = await driver.openSender()
      await startHooks(hooks, up.options.hookTimeoutMs, clock)
      up.hooksStarted = true
      stopRequested.signal.throwIfAborted()
      up.groups = openGroups(up)
      const joined = everyoneJoined(up.groups)
      for (const group of up.groups) group.join()
      await joined
      state = 'running'
      events.emit({ name: 'worker.started', groups: up.plan.groups.map(({ group }) => group) })
    } catch (error) {
      if (stopped === undefined) await (stopped = close(0))
      throw error
    }
  }

  /** Checks everything that needs no network, all faults of a kind at once. */
  function prepare(): Running {
    const {
      consumers: _1,
      driver: _2,
      instances: _3,
      middleware: _4,
      hooks: _5,
      logger: _6,
      clock: _7,
      random: _8,
      env,
      ...plain
    } = given
    const { value: options, problems } = resolveOptions(workerOptions, plain, 'createWorker')
    if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })
    const plan = buildPlan(consumers, { ...options, env: env ?? process.env, middleware })
    const timings = deriveTimings(plan, options)
    if (timings.problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems: timings.problems })
    for (const warning of timings.warnings) events.emit({ name: 'worker.warned', warning })
    return { options, plan, timings, groups: [], sender: undefined, hooksStarted: false }
  }

  async function verifyTopics({ plan, options }: Running): Promise<void> {
    if (!options.verifyTopics) return
    const { problems, warnings } = checkTopics(plan, await driver.describeTopics(topicsOf(plan), stopRequested.signal))
    if (problems.length > 0) throw fail('MILLRACE_TOPICS_INVALID', { problems })
    for (const warning of warnings) events.emit({ name: 'worker.warned', warning })
  }

  function openGroups(up: Running): readonly GroupAtWork[] {
    const { options, timings, plan } = up
    const deadLetters = topicsOfDeadLetters(plan)
    const around = {
      ...{ driver, options, timings, clock, events, random, log: logger, onGiveUp },
      backPressure: new BackPressure(options),
      workerSlots: options.maxConcurrency === undefined ? undefined : new Slots(() => options.maxConcurrency ?? 1),
      sender: () => up.sender ?? unreachableSender(),
      isOurTopic: (topic: string) => deadLetters.has(topic),
      bindingOf: (target: HandlerTarget) => (target.kind === 'method' ? instances.bind(target.consumer) : undefined),
    }
    return plan.groups.map((group) => putGroupToWork(group, around))
  }

  /** Resolves when each member has joined once; rejects when the worker gives up or is stopped before. */
  function everyoneJoined(groups: readonly GroupAtWork[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const offs = [
        events.on('member.joined', () => {
          if (groups.every(({ member }) => member.isJoined)) end(resolve)
        }),
        events.on('worker.failed', ({ error }) => end(() => reject(error))),
      ]
      const onStop = (): void =>
        end(() => reject(fail('MILLRACE_WORKER_STATE', { action: 'start()', state: 'stopping' })))
      stopRequested.signal.addEventListener('abort', onStop)
      const end = (settle: () => void): void => {
        for (const off of offs) off()
        stopRequested.signal.removeEventListener('abort', onStop)
        settle()
      }
    })
  }

  function onGiveUp(error: Error): void {
    if (state === 'stopping' || state === 'stopped') return
    state = 'failed'
    events.emit({ name: 'worker.failed', error })
  }

  /** The end, in order: drain and leave, hooks, dead-letter sender, container, driver. Each step runs whatever the one before did. */
  async function close(timeoutMs: number): Promise<StopReport> {
    const { groups = [], sender, hooksStarted = false, options } = running ?? {}
    const inFlight = groups
      .flatMap(({ handlers }) => handlers)
      .reduce((sum, handler) => sum + handler.totals().inFlight, 0)
    state = 'stopping'
    events.emit({ name: 'worker.draining', reason: 'stop', inFlight })

    const deadline = new AbortController()
    const timer = clock.after(timeoutMs, () => deadline.abort('shutdown'))
    const left = await Promise.allSettled(groups.map((group) => group.leave(deadline.signal)))
    timer.cancel()

    const errors = hooksStarted ? [...(await stopHooks(hooks, options?.hookTimeoutMs ?? 0, clock))] : []
    for (const result of await Promise.allSettled([sender?.close(), instances.close()])) collect(result, errors)
    for (const result of [...left, ...(await Promise.allSettled([driver.close()]))]) collect(result, errors)
    for (const err of errors)
      logger.error({ err }, 'something failed while the worker stopped; it stopped all the same')

    state = 'stopped'
    const abandoned = left.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0)
    const report = { abandoned, inTime: !deadline.signal.aborted }
    events.emit({ name: 'worker.stopped', ...report })
    return report
  }

  return {
    get state() {
      return state
    },
    start() {
      if (stopped !== undefined) return Promise.reject(fail('MILLRACE_WORKER_STATE', { action: 'start()', state }))
      if (started === undefined) {
        state = 'starting'
        started = start()
      }
      return started
    },
    stop() {
      stopRequested.abort('shutdown')
      stopped ??= close(running?.options.shutdownTimeoutMs ?? 0)
      return stopped
    },
    on: events.on,
    onAny: events.onAny,
    inspect: () => takeSnapshot(state, running?.groups ?? []),
  }
}

const classOf = (target: HandlerTarget) => (target.kind === 'method' ? [target.consumer] : [])

const topicsOfDeadLetters = (plan: Plan): ReadonlySet<string> =>
  new Set(
    plan.groups.flatMap(({ handlers }) =>
      handlers.flatMap(({ exhaustion }) => (exhaustion.kind === 'dead-letter' ? [exhaustion.topic] : [])),
    ),
  )

function collect(result: PromiseSettledResult<unknown>, errors: Error[]): void {
  if (result.status === 'rejected') errors.push(errorFrom(result.reason))
}

function unreachableSender(): never {
  throw new TypeError('a dead letter without a dead-letter topic in the plan')
}
