import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventEmitter, once } from 'node:events'
import { isMillraceError, type Logger } from '@millrace/core'
import { createScriptedDriver } from '@millrace/testing'
import { afterEach, describe, expect, it } from 'vitest'
import {
  Consumer,
  Container,
  createWorker,
  defineConsumer,
  fixed,
  Handle,
  inject,
  type MessageContext,
  topic,
  transform,
  utf8,
  type Worker,
  type WorkerOptions,
} from './index.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })

class Billing {
  readonly charged: string[] = []
}

@Consumer({ group: 'billing' })
class BillingHandlers {
  constructor(@inject(Billing) private readonly billing: Billing) {}

  @Handle(Orders, { deadLetter: true, retry: fixed({ attempts: 2, delay: '10ms' }) })
  placed(order: string, ctx: MessageContext): void {
    if (order === 'bad') throw new Error('no such customer')
    ctx.log.info({}, 'charged')
    this.billing.charged.push(order)
  }
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

const listLogger = (lines: Line[], bound: object = {}): Logger => {
  const writer = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...bound, ...fields }, message })
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (bindings) => listLogger(lines, { ...bound, ...bindings }),
  }
}

const setup = (options: Partial<WorkerOptions> = {}) => {
  const driver = createScriptedDriver({ createTopics: { partitions: 2 } })
  const container = new Container()
  const billing = new Billing()
  container.bind(Billing).toConstantValue(billing)
  const lines: Line[] = []
  const worker = createWorker({
    ...{ consumers: [BillingHandlers], driver, container, env: {}, ops: { port: 0 }, logger: listLogger(lines) },
    ...options,
  })
  cleanups.push(() => worker.stop())
  return { driver, billing, worker, lines }
}

const settled = (worker: Worker, event: 'partition.caught-up' | 'record.dead-lettered'): Promise<void> =>
  new Promise((resolve) => {
    const off = worker.on(event, () => {
      off()
      resolve()
    })
  })

const ask = (worker: Worker, path: string): Promise<Response> => fetch(`http://127.0.0.1:${worker.opsPort}${path}`)

const rejectionOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a worker of all parts', () => {
  it('handles records with injected collaborators and tells it in logs, metrics and probes', async () => {
    const { driver, billing, worker, lines } = setup()
    await worker.start()
    const dead = settled(worker, 'record.dead-lettered')
    driver.send('orders.v1', { key: 'a', value: 'one', partition: 0 })
    driver.send('orders.v1', { key: 'a', value: 'bad', partition: 0 })
    await dead
    expect(billing.charged).toEqual(['one'])
    expect((await ask(worker, '/readyz')).status).toBe(200)
    expect(await (await ask(worker, '/inspect')).json()).toMatchObject({ handlers: [{ group: 'billing' }] })
    const metrics = await (await ask(worker, '/metrics')).text()
    expect(metrics).toMatch(/^millrace_records_received_total\{.*handler="BillingHandlers.placed".*\} 2$/m)
    expect(metrics).toMatch(/^millrace_dead_letters_total\{.*stage="handle".*\} 1$/m)
    const charged = lines.find(({ message }) => message === 'charged')
    expect(charged?.fields).toMatchObject({ topic: 'orders.v1', partition: 0, offset: 0n, attempt: 1, generation: 1 })
    const letter = lines.find(({ fields }) => fields['event'] === 'record.dead-lettered')
    expect(letter?.level).toBe('error')
    expect(letter?.fields).toMatchObject({ topic: 'orders.v1', partition: 0, offset: 1n, attempt: 2, generation: 1 })
    const retrying = lines.find(({ fields }) => fields['event'] === 'record.retrying')
    expect(retrying?.fields).toMatchObject({ offset: 1n, attempt: 1, generation: 1 })
  })

  it('opens the ops endpoints before it joins and closes them after it stopped', async () => {
    const { worker } = setup()
    const states: string[] = []
    worker.on('member.joined', () => void states.push(worker.opsPort === undefined ? 'closed' : 'open'))
    worker.on('worker.stopped', () => void states.push(worker.opsPort === undefined ? 'closed' : 'open'))
    await worker.start()
    const port = worker.opsPort
    await worker.stop()
    expect(states).toEqual(['open', 'open'])
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow('fetch failed')
  })

  it('closes the ops endpoints when the start fails', async () => {
    const { worker } = setup({ consumers: [BillingHandlers], driver: createScriptedDriver() })
    expect(isMillraceError(await rejectionOf(worker.start()), 'MILLRACE_TOPICS_INVALID')).toBe(true)
    await expect(fetch(`http://127.0.0.1:${worker.opsPort}/livez`)).rejects.toThrow('fetch failed')
  })

  it('is stopped cleanly while it starts, and can not be started again', async () => {
    const { worker } = setup()
    const started = rejectionOf(worker.start())
    await worker.stop()
    expect(isMillraceError(await started, 'MILLRACE_WORKER_STATE')).toBe(true)
    expect(isMillraceError(await rejectionOf(worker.start()), 'MILLRACE_WORKER_STATE')).toBe(true)
    expect(await worker.stop()).toMatchObject({ abandoned: 0 })
  })
})

describe('the environment', () => {
  it('is told with all its faults when the worker starts, and nothing is opened', async () => {
    const env = { KAFKA_BROKERS: 'broker', OPS_PORT: 'x', SHUTDOWN_TIMEOUT: 'soon', KAFKA_SASL_PASSWORD: 'hunter2' }
    const worker = createWorker({ consumers: [BillingHandlers], env, logger: listLogger([]) })
    const thrown = await rejectionOf(worker.start())
    expect(isMillraceError(thrown, 'MILLRACE_CONFIG_INVALID')).toBe(true)
    for (const name of Object.keys(env)) expect(String(thrown)).toContain(`- ${name}: `)
    expect(String(thrown)).not.toContain('hunter2')
    expect(worker.opsPort).toBeUndefined()
    await worker.stop()
  })

  it('stands above code', async () => {
    const { worker } = setup({ ops: { port: 9 }, env: { OPS_PORT: 'off' } })
    await worker.start()
    expect(worker.opsPort).toBeUndefined()
  })

  it('makes members static, which a driver has to be able to do', async () => {
    const { worker } = setup({ instanceId: 'from-code', env: { KAFKA_GROUP_INSTANCE_ID: 'billing-0' } })
    await expect(worker.start()).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_LACKS' })
  })

  it.each([
    ['KAFKA_INSTANCE_ID', {}, 'copying-from-env'],
    ['the option, which stands above it', { transactionalInstance: 'from-code' }, 'copying-from-code'],
  ])('names the transactions of the process: %s', async (_what, options, transactionalId) => {
    const Copies = topic('copies', { key: utf8, value: utf8 })
    const copying = transform(Orders, { to: Copies, deadLetter: true }, (value) => ({ value }))
    const consumers = [defineConsumer({ group: 'copying', handlers: [copying] })]
    const { worker, driver } = setup({ ...options, consumers, env: { KAFKA_INSTANCE_ID: 'from-env' } })
    await worker.start()
    driver.send('orders.v1', { key: 'a', value: 'x' })
    await expect.poll(() => driver.transactions).toMatchObject([{ transactionalId }])
    await worker.stop()
  })

  it('decides how long a stop waits', async () => {
    const release = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    @Consumer({ group: 'slow' })
    class Slow {
      @Handle(Orders, { deadLetter: true })
      async placed(): Promise<void> {
        started.resolve()
        await release.promise
      }
    }
    const { worker, driver } = setup({ consumers: [Slow], shutdownTimeout: '1h', env: { SHUTDOWN_TIMEOUT: '10ms' } })
    await worker.start()
    driver.send('orders.v1', { key: 'a', value: 'x' })
    await started.promise
    expect(await worker.stop()).toEqual({ abandoned: 1, inTime: false })
    release.resolve()
  })

  it('refuses an ops port that was asked for and is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    cleanups.push(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { worker } = setup({ env: { OPS_PORT: String(port) } })
    expect(String(await rejectionOf(worker.start()))).toContain(`port ${port} of 127.0.0.1 is in use`)
  })

  it('goes on without ops endpoints where the default port is taken', async () => {
    const other = createServer()
    cleanups.push(() => other.close())
    const { promise, resolve } = Promise.withResolvers<void>()
    other.once('error', () => resolve()) // somebody else has it already, which serves as well
    other.listen(9464, '127.0.0.1', resolve)
    await promise
    const { ops: _none, ...rest } = { ops: undefined, consumers: [BillingHandlers] }
    const lines: Line[] = []
    const container = new Container()
    container.bind(Billing).toSelf()
    const driver = createScriptedDriver({ createTopics: { partitions: 1 } })
    const worker = createWorker({ ...rest, env: {}, driver, container, logger: listLogger(lines) })
    cleanups.push(() => worker.stop())
    await worker.start()
    expect(worker.opsPort).toBeUndefined()
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      expect.stringContaining('OPS_PORT'),
    ])
  })
})

describe('run', () => {
  class Host extends EventEmitter {
    readonly exited = Promise.withResolvers<number>()
    exit(code: number): void {
      this.exited.resolve(code)
    }
  }

  it('drains on SIGTERM and exits 0', async () => {
    const { worker, lines } = setup()
    const host = new Host()
    const joined = new Promise<void>((resolve) => void worker.on('worker.started', () => resolve()))
    const running = worker.run(host)
    await joined
    host.emit('SIGTERM')
    expect(await host.exited.promise).toBe(0)
    await running
    expect(lines.at(-1)?.message).toBe('stopped')
    expect(host.eventNames()).toEqual([])
  })

  it('exits 1 with one readable error when the environment is wrong', async () => {
    const lines: Line[] = []
    const worker = createWorker({ consumers: [BillingHandlers], env: {}, logger: listLogger(lines) })
    const host = new Host()
    await worker.run(host)
    expect(await host.exited.promise).toBe(1)
    const errors = lines.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(1)
    expect(errors[0]?.message).toContain('KAFKA_BROKERS: is not set')
    expect(errors[0]?.message).toContain('fix: set it to the addresses of your brokers')
  })
})
