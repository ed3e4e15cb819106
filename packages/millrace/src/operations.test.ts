import { EventEmitter } from 'node:events'
import { Worker as Thread } from 'node:worker_threads'
import { type Logger, silentLogger } from '@millrace/core'
import { createManualClock, createScriptedDriver } from '@millrace/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorker, defineConsumer, handle, topic, utf8, type Worker, type WorkerOptions } from './index.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })
const token = 'a-token-that-is-long-enough'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const setup = (run: (order: string) => unknown = () => undefined, options: Partial<WorkerOptions> = {}) => {
  const driver = createScriptedDriver({ createTopics: { partitions: 1 } })
  const handlers = [handle(Orders, { deadLetter: true, retry: 'none' }, run as never)]
  const consumers = [defineConsumer({ group: 'billing', handlers })]
  const worker = createWorker({ consumers, driver, env: {}, ops: { port: 0 }, logger: silentLogger, ...options })
  cleanups.push(() => worker.stop())
  return { driver, worker }
}
const ask = (worker: Worker, path: string): Promise<Response> => fetch(`http://127.0.0.1:${worker.opsPort}${path}`)
const post = (worker: Worker, path: string, body: object): Promise<Response> =>
  fetch(`http://127.0.0.1:${worker.adminPort}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Asks from a thread of its own, which no handler can block: the status, or that none came within a second. */
async function askFromOutside(port: number | undefined) {
  const thread = new Thread(
    `const { parentPort, workerData } = require('node:worker_threads')
     parentPort.on('message', async () => {
       const answer = fetch(workerData, { signal: AbortSignal.timeout(1000) })
       parentPort.postMessage(await answer.then(({ status }) => status, ({ name }) => name))
     })
     parentPort.postMessage('ready')`,
    { eval: true, workerData: `http://127.0.0.1:${port}/livez` },
  )
  cleanups.push(() => thread.terminate())
  const next = (): Promise<unknown> => new Promise((resolve) => thread.once('message', resolve))
  await next()
  return { thread, next }
}

describe('/livez', () => {
  it('gives no answer within a second while a handler blocks the event loop, and does again after it', async () => {
    const handled = Promise.withResolvers<void>()
    let begin = (): void => undefined
    const { driver, worker } = setup(() => {
      begin()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
      handled.resolve()
    })
    await worker.start()
    const { thread, next } = await askFromOutside(worker.opsPort)
    begin = () => thread.postMessage('ask')
    const answer = next()
    driver.send('orders.v1', { key: 'a', value: 'x' })
    await handled.promise
    expect(await answer).toBe('TimeoutError')
    thread.postMessage('ask')
    expect(await next()).toBe(200)
  })

  it('is 200 while no broker answers, and 503 once the worker has given up and stays', async () => {
    const clock = createManualClock()
    const driver = createScriptedDriver({ clock, createTopics: { partitions: 1 } })
    const { worker } = setup(undefined, { driver, clock, restarts: 2, onGiveUp: 'stay' })
    const host = Object.assign(new EventEmitter(), { exit: () => undefined })
    const failed = new Promise<void>((resolve) => void worker.on('worker.failed', () => resolve()))
    const started = new Promise<void>((resolve) => void worker.on('worker.started', () => resolve()))
    const running = worker.run(host)
    await started
    for (const state of ['running', 'running', 'failed']) {
      await driver.killMember(new Error('no broker answers'))
      await clock.settle()
      const [alive, ready] = [await ask(worker, '/livez'), await ask(worker, '/readyz')]
      expect([alive.status, ready.status]).toEqual([state === 'failed' ? 503 : 200, 503])
      expect(await alive.json()).toEqual({ alive: state !== 'failed', state })
      await clock.advance('1m')
    }
    await failed
    expect((await ask(worker, '/startupz')).status).toBe(200)
    host.emit('SIGTERM')
    await running
  })
})

it('/startupz is 503 until the worker has joined, and /info tells its plan', async () => {
  const { driver, worker } = setup()
  const during: number[] = []
  const release = Promise.withResolvers<void>()
  const describeTopics = driver.describeTopics.bind(driver)
  driver.describeTopics = async (...args) => {
    during.push((await ask(worker, '/startupz')).status)
    release.resolve()
    return describeTopics(...args)
  }
  await worker.start()
  await release.promise
  expect([during, (await ask(worker, '/startupz')).status]).toEqual([[503], 200])
  expect(await (await ask(worker, '/info')).json()).toMatchObject({
    name: 'millrace',
    groups: [
      {
        group: 'billing',
        handlers: [
          {
            ...{ topic: 'orders.v1', delivery: 'at-least-once', order: 'partition', maxAttempts: 1 },
            exhaustion: { kind: 'dead-letter', topic: 'orders.v1.billing.dlq' },
            brake: { share: 50, records: 100, windowMs: 60_000, probeMs: 30_000 },
          },
        ],
      },
    ],
    options: { commitIntervalMs: 200, shutdownTimeoutMs: 25_000 },
  })
})

describe('admin verbs', () => {
  const admin = { port: 0, token }

  it('are off by default', async () => {
    const { worker } = setup()
    await worker.start()
    expect(worker.adminPort).toBeUndefined()
  })

  it('pause, resume and replay by the environment’s port and token', async () => {
    const seen: string[] = []
    const env = { OPS_ADMIN_PORT: '0', OPS_ADMIN_TOKEN: token }
    const { driver, worker } = setup((order) => void seen.push(order), { env })
    await worker.start()
    expect(await (await post(worker, '/pause', { group: 'billing' })).json()).toMatchObject({
      partitions: ['orders.v1[0]'],
    })
    const inspected = await (await ask(worker, '/inspect')).json()
    expect(inspected).toMatchObject({ isReady: true, groups: [{ partitions: [{ pausedBecause: ['operator'] }] }] })
    for (const value of ['a', 'b']) driver.send('orders.v1', { key: 'k', value })
    await post(worker, '/resume', { group: 'billing' })
    await expect.poll(() => seen).toEqual(['a', 'b'])
    await expect.poll(() => driver.committed('orders.v1').get(0)).toBe(2n)

    const replay = await post(worker, '/seek', { group: 'billing', topic: 'orders.v1', to: 'earliest' })
    expect(await replay.json()).toMatchObject({ partitions: [{ from: '2', to: '0' }] })
    await expect.poll(() => seen).toEqual(['a', 'b', 'a', 'b'])
    const { port } = new URL(replay.url)
    await worker.stop()
    await expect(fetch(`http://127.0.0.1:${port}/pause`)).rejects.toThrow('fetch failed')
  })

  it('change the level of our own log', async () => {
    const { logger: _none, ...own } = { logger: undefined, ops: { port: 0, admin }, logLevel: 'silent' as const }
    const driver = createScriptedDriver({ createTopics: { partitions: 1 } })
    const read = handle(Orders, { deadLetter: true }, () => undefined)
    const worker = createWorker({
      consumers: [defineConsumer({ group: 'billing', handlers: [read] })],
      driver,
      env: {},
      ...own,
    })
    cleanups.push(() => worker.stop())
    await worker.start()
    const answer = await post(worker, '/log-level', { level: 'fatal', for: '10m' })
    expect(await answer.json()).toEqual({ verb: 'log-level', level: 'fatal', forMs: 600_000, before: 'silent' })
  })

  it.each<[string, WorkerOptions['env'], string]>([
    ['a port without a token', { OPS_ADMIN_PORT: '0' }, 'OPS_ADMIN_TOKEN: is not set'],
    ['a short token', { OPS_ADMIN_PORT: '0', OPS_ADMIN_TOKEN: 'planted-short' }, 'OPS_ADMIN_TOKEN: has fewer than 16'],
    ['a port that is none', { OPS_ADMIN_PORT: 'x', OPS_ADMIN_TOKEN: token }, 'OPS_ADMIN_PORT: "x" is not a port'],
  ])('are refused at the start with %s, and the token is not said', async (_what, env, text) => {
    const { worker } = setup(undefined, { env: { ...env } })
    const thrown = String(await worker.start().catch((error: unknown) => error))
    expect(thrown).toContain(text)
    expect(thrown).not.toMatch(/planted-short|long-enough/)
  })

  it('take the ops endpoints down with them where their port is taken', async () => {
    const first = setup(undefined, { ops: { port: 0, admin } })
    await first.worker.start()
    const lines: string[] = []
    const logger: Logger = { ...silentLogger, info: (_fields, message) => void lines.push(message) }
    const second = setup(undefined, { logger, ops: { port: 0, admin: { port: first.worker.adminPort ?? 0, token } } })
    await expect(second.worker.start()).rejects.toThrow(`port ${first.worker.adminPort} of 127.0.0.1 is in use`)
    await expect(ask(second.worker, '/livez')).rejects.toThrow('fetch failed')
  })
})
