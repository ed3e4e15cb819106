import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  defineConsumer,
  type FunctionHandleOptions,
  fixed,
  handle,
  json,
  type MessageContext,
  topic,
  utf8,
  type WorkerSnapshot,
} from '@millrace/core'
import {
  checkLedger,
  badBehaviours,
  type BadHandler,
  badHandlers,
  badThrows,
  spawnWorker,
  type WorkerProcess,
} from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, describe, expect, test } from 'vitest'
import { createInProcessWorkers } from './rig/in-process-workers.js'
import { readLedgers } from './rig/read-ledgers.js'
import { createStage, type Stage } from './test-support/stage.js'
import { until } from './rig/until.js'

const good = 'good'
const twice = fixed({ attempts: 2, delay: '5ms' })

/** What the record asks its handler to do, and for how long. */
interface Order {
  readonly does: string
  readonly ms: number
}

const order = (partition: number, does: string, ms = 0) => ({ partition, value: JSON.stringify({ does, ms }) })
const goods = (partition: number, count: number) => Array.from({ length: count }, () => order(partition, good))

function readOrder(message: unknown): Order {
  const does: unknown = Reflect.get(Object(message), 'does')
  const ms: unknown = Reflect.get(Object(message), 'ms')
  if (typeof does !== 'string' || typeof ms !== 'number') throw new Error('the message is not whole')
  return { does, ms }
}

const named = (name: string): BadHandler => {
  const found = badHandlers.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no bad handler "${name}"`)
  return found
}

describeWithBroker('handlers that misbehave', (broker) => {
  const workers = createInProcessWorkers(broker.bootstrap)
  afterEach(() => workers.stopAll())

  /** A worker whose handler does what its records say, and what became of them. */
  async function setup(stage: Stage, options: FunctionHandleOptions) {
    /** `partition/offset` of each run, in order. */
    const runs: string[] = []
    const done: string[] = []
    const aborts: unknown[] = []
    const act = (message: unknown, ctx: MessageContext): unknown => {
      const at = `${ctx.partition}/${ctx.offset}`
      runs.push(at)
      const { does, ms } = readOrder(message)
      if (does === good || (does.startsWith('first ') && ctx.attempt > 1)) {
        done.push(at)
        return undefined
      }
      const { signal } = ctx
      signal.addEventListener('abort', () => aborts.push(signal.reason))
      return named(does.replace('first ', '')).run({ message, signal, ms })
    }
    const work = topic(stage.topic, { key: utf8, value: json() })
    const consumers = [defineConsumer({ group: stage.group, handlers: [handle(work, options, act)] })]
    return { runs, done, aborts, ...(await workers.start({ consumers, sessionTimeout: '6s' })) }
  }

  test('whatever is thrown: retried, dead-lettered, and everything behind it and beside it is handled', async () => {
    const stage = await createStage(broker, { partitions: 3 })
    const bad = [...badThrows, ...badBehaviours.filter(({ end }) => end === 'rejects')]
    await stage.produce([
      ...bad.flatMap(({ name }) => [order(0, name), order(0, good)]),
      ...goods(1, 20),
      ...goods(2, 20),
    ])
    const { worker, runs, done, events, until, stop } = await setup(stage, { retry: twice, deadLetter: true })
    await until('all good records are done', () => done.length === bad.length + 40)

    expect(worker.inspect()).toMatchObject({ isReady: true, notReadyBecause: [] })
    expectCalm(worker.inspect())
    expect(runs.filter((at) => at.startsWith('0/'))).toEqual(
      bad.flatMap((_one, index) => [`0/${2 * index}`, `0/${2 * index}`, `0/${2 * index + 1}`]),
    )
    expect(events('record.retrying').length).toBe(bad.length)
    await stop()

    const letters = await stage.deadLetters()
    expect(letters.map(({ source }) => source)).toEqual(bad.map((_one, index) => `0/${2 * index}`))
    for (const letter of letters) {
      expect(letter.partition).toBe(0)
      expect([letter.header('stage'), letter.header('attempts')]).toEqual(['handle', '2'])
      expect(letter.header('error')).toMatch(/^[^\p{Cc}]{1,2000}$/u)
    }
    expect(await stage.committed()).toEqual({ 0: 2 * bad.length, 1: 20, 2: 20 })
  })

  test('with halt: the lane stops at the record, readiness says so, other partitions go on', async () => {
    const halting = badThrows.length
    const stage = await createStage(broker, { partitions: halting + 1 })
    const lanes = badThrows.flatMap(({ name }, at) => [order(at, good), order(at, name), ...goods(at, 2)])
    await stage.produce([...lanes, ...goods(halting, 20)])
    const { worker, runs, done, events, until, stop } = await setup(stage, { retry: twice, onExhausted: 'halt' })
    await until('all lanes have halted', () => events('partition.halted').length === halting)
    await stage.produce(goods(halting, 20))
    await until('the other partition goes on', () => done.length === halting + 40)

    expect(worker.inspect().isReady).toBe(false)
    expect(worker.inspect().notReadyBecause.toSorted()).toEqual(
      badThrows.map((_one, at) => `${stage.topic}[${at}] of group "${stage.group}" is paused: halted`).toSorted(),
    )
    expectCalm(worker.inspect())
    expect(runs.filter((at) => !at.startsWith(`${halting}/`)).toSorted()).toEqual(
      badThrows.flatMap((_one, at) => [`${at}/0`, `${at}/1`, `${at}/1`]).toSorted(),
    )
    expect(await stop()).toEqual({ abandoned: halting * 3, inTime: true })
    const stopped = Object.fromEntries(badThrows.map((_one, at) => [at, 1]))
    expect(await stage.committed()).toEqual({ ...stopped, [halting]: 40 })

    const after = await setup(stage, { retry: 'none', onExhausted: 'skip' })
    await after.until('the next worker gets what was halted', () => after.done.length === halting * 2)
    await after.stop()
    expect(await stage.committed()).toEqual({
      ...Object.fromEntries(badThrows.map((_one, at) => [at, 4])),
      [halting]: 40,
    })
  })

  test('with skip: told, counted, committed', async () => {
    const stage = await createStage(broker)
    await stage.produce(badThrows.flatMap(({ name }) => [order(0, name), order(0, good)]))
    const { worker, done, events, until, stop } = await setup(stage, { retry: twice, onExhausted: 'skip' })
    await until('all good records are done', () => done.length === badThrows.length)

    expect(events('record.skipped')).toMatchObject(
      badThrows.map((_one, at) => ({ offset: BigInt(2 * at), reason: 'exhausted' })),
    )
    expect(worker.inspect()).toMatchObject({
      isReady: true,
      handlers: [{ skipped: badThrows.length, processed: badThrows.length, attempts: badThrows.length * 3 }],
    })
    expectCalm(worker.inspect())
    await stop()
    expect(await stage.committed()).toEqual({ 0: badThrows.length * 2 })
  })

  test('runs that outlast their time limit fail, with or without an end, and what they answer then is late', async () => {
    const limitMs = 300
    const graceMs = 5_000
    const hanging = ['never settles', 'swallows the abort signal', 'returns a thenable that never calls back']
    const late = ['returns a thenable that calls back late', 'rejects after its time limit']
    const stage = await createStage(broker, { partitions: 8 })
    await stage.produce([
      ...hanging.map((name, at) => order(at, name)),
      ...late.map((name, at) => order(3 + at, name, limitMs + 200)),
      order(5, 'rejects after its time limit', limitMs + graceMs + 500), // when its slot has long been freed
      order(6, 'first never settles'),
      ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((at) => goods(at, 2)),
    ])
    const began = performance.now()
    const options = { timeout: `${limitMs}ms`, retry: twice, deadLetter: true } as const
    const { worker, done, aborts, events, until, stop } = await setup(stage, options)
    const settledMs = new Map<number, number>()
    worker.on('record.dead-lettered', ({ partition }) => settledMs.set(partition, performance.now() - began))
    const undisturbed = (): number => done.filter((at) => at.startsWith('7/')).length

    await until('the partition without a fault', () => undisturbed() === 2)
    await until('the late ones are given up', () => settledMs.size === 2)
    await stage.produce(goods(7, 5))
    await until('it goes on while others hang', () => undisturbed() === 7)
    expect(settledMs.size).toBe(2)
    expect(worker.inspect().isReady).toBe(true)

    await until('everything else is given up or done', () => settledMs.size === 6 && done.length === 8 * 2 + 5 + 1)
    for (const at of [0, 1, 2, 5]) expect(settledMs.get(at)).toBeGreaterThan(2 * (limitMs + graceMs))
    expect(new Set(aborts)).toEqual(new Set(['timeout']))
    const lateRuns = 2 * 6 + 1 // two attempts each, and the first one of the record that then went well
    expect(events('record.late').length).toBe(lateRuns)
    expect(worker.inspect()).toMatchObject({ isReady: true, handlers: [{ lateResults: lateRuns }] })
    expectCalm(worker.inspect())
    await stop()

    const letters = await stage.deadLetters()
    expect(letters.map(({ source }) => source)).toEqual(['0/0', '1/0', '2/0', '3/0', '4/0', '5/0'])
    expect(new Set(letters.map(({ header }) => header('error-code')))).toEqual(new Set(['MILLRACE_HANDLER_TIMED_OUT']))
    expect(await stage.committed()).toEqual(await stage.ends())
  })

  test('what a handler does to its message or to its promise stays with that attempt', async () => {
    const stage = await createStage(broker)
    const does = ['returns a thenable that calls back twice', 'mutates the message', 'first mutates the message']
    await stage.produce([...does.map((name) => order(0, name)), order(0, good)])
    /** Two attempts of the record that mutates: the second one must see it whole. */
    const failAfter = async (message: unknown, ctx: MessageContext, next: () => Promise<unknown>): Promise<void> => {
      await next()
      if (ctx.offset > 0n && ctx.offset < 3n && (ctx.attempt === 1 || ctx.offset === 1n))
        throw new Error(`after ${Object.keys(Object(message)).length} fields were left`)
    }
    const options = { retry: twice, deadLetter: true, middleware: [failAfter] } as const
    const { worker, runs, done, until, stop } = await setup(stage, options)
    await until('the good record is done', () => done.includes('0/3'))

    expect(runs).toEqual(['0/0', '0/1', '0/1', '0/2', '0/2', '0/3'])
    expect(done).toEqual(['0/2', '0/3'])
    expect(worker.inspect().handlers).toMatchObject([{ processed: 3, deadLettered: 1, lateResults: 0 }])
    expectCalm(worker.inspect())
    await stop()
    const letters = await stage.deadLetters() // holds the value against the original, byte by byte
    expect(letters.map(({ source, header }) => [source, header('error')])).toEqual([
      ['0/1', 'after 0 fields were left'],
    ])
    expect(await stage.committed()).toEqual({ 0: 4 })
  })
})

describeWithBroker('a handler that blocks the event loop for 10 s', (broker) => {
  const { admin, bootstrap } = broker
  const blockMs = 10_000
  const entry = fileURLToPath(new URL('../dist/blocking-worker.js', import.meta.url))

  async function setup(sessionTimeoutMs: number) {
    if (!existsSync(entry)) throw new Error(`${entry} is missing: build first (pnpm build)`)
    const stage = await createStage(broker, { partitions: 2 })
    const does = [good, 'blocks the event loop', good, 'leaves timers behind', good]
    const value = (text: string): string => JSON.stringify(text)
    await stage.produce(
      does.flatMap((one) => [
        { partition: 0, value: value(one) },
        { partition: 1, value: value(good) },
      ]),
    )
    const { topic: name, group } = stage
    const settings = { brokers: bootstrap, topic: name, group, sessionTimeoutMs, blockMs }
    return { stage, child: spawnWorker({ entry, args: [JSON.stringify(settings)] }) }
  }

  /** How often each record was handled, as `partition/offset`. */
  const handledBy = (child: WorkerProcess): string[] =>
    child.announcements
      .filter(({ signal }) => signal === 'handled')
      .map(({ facts }) => `${String(facts['partition'])}/${String(facts['offset'])}`)
  const everyRecord = [0, 1].flatMap((partition) => [0, 1, 2, 3, 4].map((offset) => `${partition}/${offset}`))

  async function endOf(child: WorkerProcess, stage: Stage): Promise<void> {
    const isCommitted = async () => {
      const { 0: one, 1: other } = await stage.committed()
      return (one === 5 && other === 5) || undefined
    }
    await until('everything is committed', isCommitted)
    child.kill('SIGTERM')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(readLedgers(child).flatMap(checkLedger)).toEqual([])
    expect(child.stderr).toBe('')
    expect(await stage.committed()).toEqual({ 0: 5, 1: 5 })
  }

  describe.concurrent('in a process of its own', () => {
    test('is reported and evicts nobody where the session is longer', async () => {
      const { stage, child } = await setup(15_000)
      await using _killed = killedAtTheEnd(child)
      await child.said('blocking')
      const before = await admin.describeGroup(stage.group)
      const { facts } = await child.said('event-loop.blocked')
      expect(facts['blockedMs']).toBeGreaterThan(0.9 * blockMs)
      const after = await admin.describeGroup(stage.group)

      expect(before.state).toBe('Stable')
      expect(after).toEqual(before)
      await endOf(child, stage)
      expect(handledBy(child).toSorted()).toEqual(everyRecord)
      expect(child.announcements.filter(({ signal }) => signal === 'member.joined').length).toBe(1)
    })

    test('costs the membership where the session is shorter: the member comes back and loses nothing', async () => {
      const { stage, child } = await setup(6_000)
      await using _killed = killedAtTheEnd(child)
      await child.said('event-loop.blocked')
      const { facts } = await child.said('lease.ended')
      expect(facts['reason']).toBe('lost')
      await endOf(child, stage)

      const handled = handledBy(child)
      expect([...new Set(handled)].toSorted()).toEqual(everyRecord)
      expect(child.announcements.filter(({ signal }) => signal === 'member.joined').length).toBe(2)
      expect(child.announcements.some(({ signal }) => signal === 'member.died')).toBe(false)
    })
  })
})

const killedAtTheEnd = (child: WorkerProcess): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    child.kill('SIGKILL')
    await child.exited
  },
})

/** The member joined once, and nothing that its handlers did has cost it that. */
function expectCalm(snapshot: WorkerSnapshot): void {
  expect(snapshot.groups).toMatchObject([{ isJoined: true, rebalances: 1, deaths: 0 }])
}
