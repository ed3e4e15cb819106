import { Agent, get, type IncomingMessage } from 'node:http'
import { isMillraceError } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { ownVersion } from '../own-version.js'
import { createMetrics } from '../metrics/create-metrics.js'
import { groupSnapshot, handlerTotals, partitionSnapshot, scriptedWorker } from '../test-support/scripted-worker.js'
import { createOpsServer } from './create-ops-server.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const setup = async () => {
  const worker = scriptedWorker()
  const metrics = await createMetrics()
  cleanups.push(() => metrics.close())
  metrics.observe(worker)
  const server = createOpsServer({ port: 0, worker, metrics })
  cleanups.push(() => server.stop())
  const port = await server.start()
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  return { worker, server, port, ask, metrics }
}

describe('/readyz', () => {
  it('is 200 when the worker is ready and 503 with the reasons when it is not', async () => {
    const { worker, ask } = await setup()
    expect((await ask('/readyz')).status).toBe(200)
    const because = ['orders.v1[3] of group "billing" is paused: dead-letter-failing']
    worker.snapshot = { ...worker.snapshot, isReady: false, notReadyBecause: because }
    const answer = await ask('/readyz?verbose')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ ready: false, state: 'running', because })
  })
})

describe('/livez', () => {
  it('is 503 when the worker has given up: only a restart helps it', async () => {
    const { worker, ask } = await setup()
    worker.snapshot = { ...worker.snapshot, state: 'failed', isReady: false }
    const answer = await ask('/livez')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ alive: false, state: 'failed' })
  })

  it.each(['idle', 'starting', 'running', 'stopping', 'stopped'] as const)(
    'is 200 in state %s, ready or not',
    async (state) => {
      const { worker, ask } = await setup()
      worker.snapshot = { ...worker.snapshot, state, isReady: false }
      const answer = await ask('/livez')
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ alive: true, state })
    },
  )
})

describe('/startupz', () => {
  it('is 503 until every member has joined once, and 200 from then on', async () => {
    const { worker, ask } = await setup()
    worker.snapshot = { ...worker.snapshot, state: 'starting', hasStarted: false }
    const answer = await ask('/startupz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ started: false, state: 'starting' })
    worker.snapshot = { ...worker.snapshot, state: 'stopping', hasStarted: true, isReady: false }
    expect((await ask('/startupz')).status).toBe(200)
  })
})

describe('/info', () => {
  it('says what runs here and what it was told to do', async () => {
    const { ask } = await setup()
    expect(await (await ask('/info')).json()).toEqual({
      name: 'millrace',
      version: ownVersion(),
      node: process.versions.node,
      pid: process.pid,
      uptimeS: expect.any(Number),
      groups: [],
      options: { commitIntervalMs: 200 },
    })
  })
})

describe('/metrics and /inspect', () => {
  it('show the metrics as Prometheus reads them', async () => {
    const { worker, ask } = await setup()
    worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals({ received: 3 })] }
    const answer = await ask('/metrics')
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await answer.text()).toMatch(/^millrace_records_received_total\{.*\} 3$/m)
  })

  it('show the whole snapshot, offsets as text', async () => {
    const { worker, ask } = await setup()
    const groups = [groupSnapshot({ partitions: [partitionSnapshot({ watermark: 2n ** 60n })] })]
    worker.snapshot = { ...worker.snapshot, groups }
    const answer = await ask('/inspect')
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.json()).toMatchObject({
      state: 'running',
      groups: [{ group: 'billing', partitions: [{ watermark: '1152921504606846976', topic: 'orders.v1' }] }],
    })
  })
})

describe('requests', () => {
  it.each(['/', '/metrics/', '/livezz', '/__proto__', '//readyz'])(
    'for %s are 404 and name what there is',
    async (path) => {
      const { ask } = await setup()
      const answer = await ask(path)
      expect(answer.status).toBe(404)
      expect(await answer.json()).toHaveProperty('paths', [
        '/livez',
        '/readyz',
        '/startupz',
        '/metrics',
        '/info',
        '/inspect',
      ])
    },
  )

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s are 405', async (method) => {
    const { ask } = await setup()
    const answer = await ask('/livez', { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
  })

  it('by HEAD get the status and the length, and no body', async () => {
    const { ask } = await setup()
    const answer = await ask('/inspect', { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(10)
    expect(await answer.text()).toBe('')
  })

  it('are 500 when the worker can not be read, and the server goes on', async () => {
    const { worker, ask } = await setup()
    const { snapshot } = worker
    worker.inspect = () => {
      throw new Error('broken')
    }
    expect((await ask('/livez')).status).toBe(500)
    worker.inspect = () => snapshot
    expect((await ask('/livez')).status).toBe(200)
  })
})

describe('the server', () => {
  it('listens on the loopback address only, unless it is told otherwise', async () => {
    const { port } = await setup()
    await expect(fetch(`http://[::1]:${port}/livez`)).rejects.toThrow('fetch failed')
  })

  it('says which port is in use, and by which variable to change it', async () => {
    const { port, worker, metrics } = await setup()
    const second = createOpsServer({ port, worker, metrics })
    const thrown: unknown = await second.start().catch((error: unknown) => error)
    expect(isMillraceError(thrown, 'MILLRACE_CONFIG_INVALID')).toBe(true)
    expect(String(thrown)).toContain(`OPS_PORT: port ${port} of 127.0.0.1 is in use`)
    await second.stop()
  })

  it('ends connections that are kept alive, so that a stop takes no time', async () => {
    const { server, port } = await setup()
    const agent = new Agent({ keepAlive: true })
    cleanups.push(() => agent.destroy())
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    get({ port, host: '127.0.0.1', path: '/livez', agent }, resolve).on('error', reject)
    const answer = await promise
    answer.resume()
    const before = performance.now()
    await server.stop()
    await server.stop()
    expect(performance.now() - before).toBeLessThan(4000)
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow('fetch failed')
  })

  it('ends requests that are still being answered', async () => {
    const asked = Promise.withResolvers<void>()
    const text = (): Promise<string> => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    const server = createOpsServer({ port: 0, worker: scriptedWorker(), metrics: { contentType: 'text/plain', text } })
    const port = await server.start()
    const answer = fetch(`http://127.0.0.1:${port}/metrics`).catch((error: unknown) => error)
    await asked.promise
    await server.stop()
    expect(await answer).toBeInstanceOf(TypeError)
  })
})
