import { existsSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import {
  createWorker,
  defineConsumer,
  handle,
  isMillraceError,
  type LifecycleHook,
  topic,
  utf8,
  type WorkerOptions,
} from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { checkLedger, spawnWorker, uniqueName, type WorkerProcess } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createInProcessWorkers } from './rig/in-process-workers.js'
import { readLedgers } from './rig/read-ledgers.js'
import { createStage, type Stage } from './test-support/stage.js'

const entry = fileURLToPath(new URL('../dist/start-up-worker.js', import.meta.url))
const startLimitMs = 60_000

interface Life {
  readonly life: string
  readonly brokers: readonly string[]
  readonly topics?: readonly string[]
  readonly group?: string
  readonly env?: Readonly<Record<string, string>>
}

function live({ life, brokers, topics = ['orders'], group = 'billing', env = {} }: Life): WorkerProcess {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: build first (pnpm build)`)
  const args = [JSON.stringify({ life, topics, group })]
  const child = spawnWorker({ entry, args, env: { KAFKA_BROKERS: brokers.join(','), OPS_PORT: 'off', ...env } })
  children.add(child)
  return child
}

/** Tests run side by side here, so what they open is closed at the end of the file. */
const children = new Set<WorkerProcess>()
const silentBrokers = new Set<() => Promise<void>>()
afterAll(async () => {
  await Promise.all([...children].map((child) => (child.kill('SIGKILL'), child.exited)))
  await Promise.all([...silentBrokers].map((close) => close()))
})

/** What the log says at this level, message by message. */
const logOf = ({ stdout }: WorkerProcess, level: string): string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): unknown => JSON.parse(line))
    .filter((line) => fieldOf(line, 'level') === level)
    .map((line) => String(fieldOf(line, 'msg')))

const fieldOf = (value: unknown, name: string): unknown => Reflect.get(Object(value), name)

/** The process ended by itself, with one error in its log and nothing on standard error. */
async function failed(child: WorkerProcess): Promise<string> {
  const began = performance.now()
  expect(await child.exited).toEqual({ code: 1, signal: null })
  expect(performance.now() - began).toBeLessThan(startLimitMs)
  expect(child.stderr).toBe('')
  const errors = logOf(child, 'error')
  expect(errors.length).toBe(1)
  expect(errors[0]).not.toMatch(/^\s+at /m)
  return errors[0] ?? ''
}

describe.concurrent('a start without a broker', () => {
  const away = ['127.0.0.1:1', '127.0.0.1:2']

  test('gives up after bounded tries, and says where it tried and how often', async () => {
    const message = await failed(live({ life: 'work', brokers: away }))
    expect(message).toMatch(/^No Kafka broker answered at 127\.0\.0\.1:1, 127\.0\.0\.1:2 after [1-9]\d* tries\.$/m)
    expect(message).toContain('KAFKA_BROKERS')
  })

  test('is bounded too where a broker takes connections and never answers', async () => {
    const message = await failed(live({ life: 'work', brokers: [await silentBroker()] }))
    expect(message).toMatch(/^No Kafka broker answered at 127\.0\.0\.1:\d+ after [1-9]\d* tries\.$/m)
  })

  test('ends cleanly on a SIGTERM while it tries', async () => {
    for (const brokers of [away, [await silentBroker()]]) {
      const child = live({ life: 'work', brokers })
      await child.said('begun')
      child.kill('SIGTERM')
      expect(await child.exited).toEqual({ code: 0, signal: null })
      expect(logOf(child, 'error')).toEqual([])
    }
  })

  test('names every wrong option at once', async () => {
    const message = await failed(live({ life: 'start with wrong options', brokers: away }))
    expect(message).toMatch(/sessionTimeout.*\n.*commitRecords|commitRecords.*\n.*sessionTimeout/s)
    expect(message).toContain('shutdwnTimeout')
    expect(message).toContain('shutdownTimeout') // what was meant
  })

  test('names everything that is wrong with the plan at once', async () => {
    const message = await failed(live({ life: 'start with a contradictory plan', brokers: away }))
    for (const problem of [
      'orders',
      'deadLetter: true',
      'its dead-letter topic is its own source',
      'no spaces, please',
    ])
      expect(message).toContain(problem)
  })

  test('names wrong options and a wrong plan together', async () => {
    const message = await failed(live({ life: 'start with everything wrong', brokers: away }))
    for (const problem of ['sessionTimeout', 'commitRecords', 'own source', 'no spaces, please'])
      expect(message).toContain(problem)
  })

  test('names everything that is wrong in the environment at once', async () => {
    const env = { OPS_PORT: 'nine', SHUTDOWN_TIMEOUT: '10S', LOG_LEVEL: 'loud' }
    const message = await failed(live({ life: 'work', brokers: ['one', 'two:x'], env }))
    for (const name of ['KAFKA_BROKERS', 'OPS_PORT', 'SHUTDOWN_TIMEOUT', 'LOG_LEVEL']) expect(message).toContain(name)
  })
})

/** Takes every connection and never says a word. */
async function silentBroker(): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // a client that gives up may reset it
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  silentBrokers.add(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server without a port')
  return `127.0.0.1:${address.port}`
}

describeWithBroker('a process with a broker', (broker) => {
  const { admin, bootstrap } = broker
  const work = ({ topic: name, group }: Stage, life = 'work'): WorkerProcess =>
    live({ life, brokers: bootstrap, topics: [name], group })
  const expectBalanced = (child: WorkerProcess): void => {
    const ledgers = readLedgers(child)
    expect(ledgers.length).toBeGreaterThan(0)
    expect(ledgers.flatMap(checkLedger)).toEqual([])
  }
  const say = (...does: readonly string[]) => does.map((one) => ({ partition: 0, value: JSON.stringify(one) }))

  describe.concurrent('that starts', () => {
    test('lists all missing topics in one error', async () => {
      const names = [uniqueName('missing'), uniqueName('missing'), uniqueName('missing')]
      const message = await failed(live({ life: 'work', brokers: bootstrap, topics: names }))
      for (const name of names) {
        expect(message).toContain(`topic "${name}": does not exist`)
        expect(message).toContain(`topic "${name}.billing.dlq": does not exist`)
      }
    })

    test('refuses a dead-letter topic with fewer partitions', async () => {
      const [name, group] = [uniqueName('orders'), uniqueName('billing')]
      await admin.createTopic(name, { partitions: 4 })
      await admin.createTopic(`${name}.${group}.dlq`, { partitions: 3 })
      const message = await failed(live({ life: 'work', brokers: bootstrap, topics: [name], group }))
      expect(message).toContain(`has 3 partitions, its source "${name}" has 4`)
    })

    test('ends cleanly on a SIGTERM inside a hook, and closes what earlier hooks opened', async () => {
      const child = work(await createStage(broker), 'hang in a hook')
      await child.said('hanging')
      child.kill('SIGTERM')
      const began = performance.now()
      expect(await child.exited).toEqual({ code: 0, signal: null })
      expect(performance.now() - began).toBeLessThan(15_000)
      expect(child.announcements.map(({ signal }) => signal)).toContain('closed')
    })

    test('ends at once on a second SIGTERM', async () => {
      const stage = await createStage(broker)
      await stage.produce(say('wait for the end'))
      const child = work(stage)
      await child.said('handling')
      child.kill('SIGTERM')
      await child.said('worker.draining')
      child.kill('SIGTERM')
      expect(await child.exited).toEqual({ code: 143, signal: null })
      expect(await stage.committed()).toEqual({})
    })

    test.for([
      ['leave a rejection behind', 'nobody listens to this promise'],
      ['throw in a timer', 'nobody catches this'],
    ] as const)('that comes to "%s" logs it, drains and exits with 1', async ([does, error]) => {
      const stage = await createStage(broker, { partitions: 2 })
      await stage.produce([
        ...[1, 2, 3].map(() => ({ partition: 1, value: JSON.stringify('good') })),
        { partition: 1, value: JSON.stringify('wait for the drain') },
      ])
      const child = work(stage)
      await child.said('handling', { where: (facts) => facts['does'] === 'wait for the drain' })
      await stage.produce(say('good', does))
      expect(await child.exited).toEqual({ code: 1, signal: null })

      expect(child.stdout).toContain(error)
      expect(logOf(child, 'error').filter((message) => message.includes('had no handler')).length).toBe(1)
      expect(child.stderr).toBe('')
      expectBalanced(child)
      expect(await stage.committed()).toEqual({ 0: 2, 1: 4 })
      expect(await admin.describeGroup(stage.group)).toMatchObject({ state: 'Empty' }) // it has left, not only died
    })

    test('lives inside an http server that owns the signals, and keeps no handle when it is stopped', async () => {
      const stage = await createStage(broker)
      await stage.produce(say('good', 'good'))
      const child = work(stage, 'serve http beside it')
      const { facts } = await child.said('listening')
      const port = String(fieldOf(facts['address'], 'port'))
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toBe(true)
      await child.said('handling', { where: ({ offset }) => offset === '1' })
      child.kill('SIGTERM')
      expect(await child.exited).toEqual({ code: 0, signal: null })
      expect((await child.said('signals')).facts).toEqual({ left: 0 })
      expectBalanced(child)
      expect(await stage.committed()).toEqual({ 0: 2 })
    })
  })
})

describeWithBroker('start and stop', (broker) => {
  const workers = createInProcessWorkers(broker.bootstrap)
  afterEach(() => workers.stopAll())

  const optionsFor = (stage: Stage, act: () => unknown = () => undefined): Omit<WorkerOptions, 'driver'> => {
    const orders = topic(stage.topic, { key: utf8, value: utf8 })
    return {
      consumers: [defineConsumer({ group: stage.group, handlers: [handle(orders, { onExhausted: 'halt' }, act)] })],
    }
  }
  const openWorker = (stage: Stage, more: Partial<WorkerOptions> = {}, brokers = broker.bootstrap) =>
    createWorker({ ...optionsFor(stage), driver: createKafkajsDriver({ brokers, connectLimitMs: 1_000 }), ...more })
  /** A group that nobody has joined does not exist. */
  const membersOf = async ({ group }: Stage): Promise<readonly unknown[]> => {
    const exists = (await broker.admin.listGroups()).some((one) => one.group === group)
    return exists ? (await broker.admin.describeGroup(group)).members : []
  }
  const nothing = { abandoned: 0, inTime: true }
  const refusal = { code: 'MILLRACE_WORKER_STATE' }

  test('a worker that never started is stopped as often as one likes, and does not start then', async () => {
    const worker = openWorker(await createStage(broker))
    expect(await Promise.all([worker.stop(), worker.stop()])).toEqual([nothing, nothing])
    expect(worker.state).toBe('stopped')
    await expect(worker.start()).rejects.toMatchObject(refusal)
  })

  test('starting twice is starting once; stopping twice is stopping once', async () => {
    const stage = await createStage(broker)
    const worker = openWorker(stage)
    await Promise.all([worker.start(), worker.start()])
    await worker.start()
    expect(worker.inspect().groups).toMatchObject([{ rebalances: 1 }])
    const stopping = worker.stop()
    expect(worker.state).toBe('stopping')
    expect(await Promise.all([stopping, worker.stop()])).toEqual([nothing, nothing])
    expect(await worker.stop()).toEqual(nothing)
    await expect(worker.start()).rejects.toMatchObject(refusal)
    expect(await membersOf(stage)).toEqual([])
  })

  test.for(['at once', 'in a hook', 'at the first lease', 'when it has joined'] as const)(
    'a stop while it starts, %s',
    async (when) => {
      const stage = await createStage(broker)
      const log: string[] = []
      const hooks: LifecycleHook[] = [
        { onStart: () => void log.push('opened'), onStop: () => void log.push('closed') },
        { onStart: () => void (when === 'in a hook' && void worker.stop()) },
      ]
      const worker = openWorker(stage, { hooks })
      worker.on('member.joined', () => void (when === 'when it has joined' && void worker.stop()))
      worker.on('lease.started', () => void (when === 'at the first lease' && void worker.stop()))
      const starting = worker.start()
      if (when === 'at once') void worker.stop()
      await expect(starting).rejects.toMatchObject(refusal)
      expect(await worker.stop()).toEqual(nothing)
      expect(worker.state).toBe('stopped')
      expect(log).toEqual(when === 'at once' ? [] : ['opened', 'closed'])
      expect(await membersOf(stage)).toEqual([])
    },
  )

  test('a start that fails is a stopped worker', async () => {
    const stage = await createStage(broker)
    for (const more of [{}, { verifyTopics: false, restarts: 0 }]) {
      const worker = openWorker(stage, more, ['127.0.0.1:1'])
      const fault: unknown = await worker.start().catch((error: unknown) => error)
      expect(isMillraceError(fault)).toBe(true)
      expect(worker.state).toBe('stopped')
      expect(await worker.stop()).toEqual(nothing)
      await expect(worker.start()).rejects.toMatchObject({ code: expect.stringMatching(/^MILLRACE_/) })
    }
  })

  test('two workers of one process share a group; when one stops, the other has it all', async () => {
    const stage = await createStage(broker, { partitions: 4 })
    const handled = [0, 0]
    const start = (at: 0 | 1) => workers.start(optionsFor(stage, () => (handled[at] = (handled[at] ?? 0) + 1)))
    const [one, other] = await Promise.all([start(0), start(1)])
    const held = (): number[] => [one, other].map(({ worker }) => worker.inspect().groups[0]?.partitions.length ?? 0)
    await one.until('both have two', () => String(held()) === '2,2')
    const records = Array.from({ length: 40 }, (_, at) => ({ partition: at % 4, value: 'order' }))
    await stage.produce(records)
    await one.until('both have handled theirs', () => String(handled) === '20,20')
    await one.stop()
    await other.until('the other has all', () => held()[1] === 4)
    await stage.produce(records)
    await other.until('and handles all', () => String(handled) === '20,60')
    await other.stop()
    expect(await stage.committed()).toEqual({ 0: 20, 1: 20, 2: 20, 3: 20 })
  })
})
