import { request } from 'node:http'
import { fail, isMillraceError, type Logger, silentLogger, type WorkerControl } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../log/create-logger.js'
import { type AdminServerOptions, createAdminServer } from './create-admin-server.js'

const token = 'correct-horse-battery'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const setup = async (given: Partial<AdminServerOptions> & { readonly control?: Partial<WorkerControl> } = {}) => {
  const { control: overrides, ...options } = given
  const acts: unknown[] = []
  const control: WorkerControl = {
    pause: (...args) => (acts.push(['pause', ...args]), ['orders.v1[0]']),
    resume: (...args) => (acts.push(['resume', ...args]), []),
    seek: async (which, to, by) => (
      acts.push(['seek', which, to, by]), [{ topic: 'orders.v1', partition: 3, from: 2n ** 60n, to: 42n }]
    ),
    note: (...args) => void acts.push(['note', ...args]),
    ...overrides,
  }
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)
  const logger = createLogger({ level: 'debug', destination: { write } })
  const server = createAdminServer({ port: 0, token, worker: { control }, logger, levels: logger, ...options })
  const port = await server.start()
  cleanups.push(() => server.stop())
  const url = `http://127.0.0.1:${port}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = (path: string, body: unknown, more: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { acts, server, port, url, headers, post, lines, logger }
}
const by = '127.0.0.1'
const group = 'billing'

describe('verbs', () => {
  it('pause, resume and seek what they are told to, and say by whom', async () => {
    const { acts, post } = await setup()
    expect(await (await post('/pause', { group, topic: 'orders.v1' })).json()).toEqual({
      verb: 'pause',
      partitions: ['orders.v1[0]'],
    })
    expect(await (await post('/resume', { group, brake: 'release' })).json()).toEqual({
      verb: 'resume',
      partitions: [],
    })
    const sought = await (await post('/seek', { group, topic: 'orders.v1', partition: 3, offset: 42 })).json()
    expect(sought).toEqual({
      verb: 'seek',
      partitions: [{ topic: 'orders.v1', partition: 3, from: '1152921504606846976', to: '42' }],
    })
    expect(acts).toEqual([
      ['pause', { group, topic: 'orders.v1' }, by],
      ['resume', { group, brake: 'release' }, by],
      ['seek', { group, topic: 'orders.v1', partition: 3 }, { offset: 42n }, by],
    ])
  })

  it('change the level of the log, for a while, which ends with the server at the latest', async () => {
    const levels: string[] = []
    const note = (): void => void levels.push(logger.level)
    const { post, logger, server } = await setup({ control: { note } })
    expect(await (await post('/log-level', { level: 'error' })).json()).toEqual({
      ...{ verb: 'log-level', level: 'error', before: 'debug' },
    })
    expect(logger.level).toBe('error')
    await post('/log-level', { level: 'trace', for: '1d' })
    expect(logger.level).toBe('trace')
    await server.stop()
    expect(logger.level).toBe('error')
    // Told while the louder of the two levels holds, so that the line about it is written.
    expect(levels).toEqual(['debug', 'trace'])
  })

  it('leave the log of the application alone', async () => {
    const { acts, post } = await setup({ levels: undefined } as never)
    expect((await post('/log-level', { level: 'debug' })).status).toBe(409)
    expect(acts).toMatchObject([['note', 'log-level', { level: 'debug' }, by, expect.any(Error)]])
  })

  it.each([
    [404, fail('MILLRACE_CONTROL_UNKNOWN', { what: 'group "x"', known: [] })],
    [409, fail('MILLRACE_CONTROL_CONFLICT', { what: 'seek', reason: 'busy' })],
    [400, fail('MILLRACE_CONTROL_INVALID', { problems: [] })],
    [409, fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: 'orders.v1', partition: 3 })],
    [503, fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason: 'no coordinator' })],
    [500, new Error('secret internals')],
  ])('that fail answer %i', async (status, error) => {
    const { post } = await setup({ control: { seek: () => Promise.reject(error) } })
    const answer = await post('/seek', { group, topic: 'orders.v1', to: 'latest' })
    expect(answer.status).toBe(status)
    const text = await answer.text()
    expect(text).toContain(isMillraceError(error) ? error.code : 'the log says why')
    expect(text).not.toContain('secret internals')
  })
})

describe('requests are refused', () => {
  it.each<[string, Record<string, string>]>([
    ['without the token', { authorization: '' }],
    ['with another token', { authorization: 'Bearer correct-horse-batterx' }],
    ['with more than the token', { authorization: `Bearer ${token} x` }],
    ['with another scheme', { authorization: `Basic ${token}` }],
  ])('%s, whatever they ask for, and it is told who', async (_what, headers) => {
    const { acts, post, lines } = await setup()
    for (const path of ['/pause', '/nowhere']) {
      const answer = await post(path, { group }, headers)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect(acts).toEqual([])
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('"by":"127.0.0.1"')
    expect(lines.join('')).not.toContain('correct-horse')
  })

  it('by a name that is not this server’s: a page can not reach it through a rebound name', async () => {
    const { port, headers, acts } = await setup()
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    const asked = request(
      { port, host: '127.0.0.1', path: '/pause', method: 'POST', headers: { ...headers, host: 'evil.example' } },
      (answer) => resolve(answer.resume().statusCode),
    )
    asked.on('error', reject).end('{}')
    expect(await promise).toBe(403)
    expect(acts).toEqual([])
  })

  it.each([
    ['another method', 'GET', '/pause', 405],
    ['another path', 'POST', '/', 404],
    ['a path of objects', 'POST', '/constructor', 404],
  ])('for %s', async (_what, method, path, status) => {
    const { url, headers } = await setup()
    const answer = await fetch(url + path, { method, headers })
    expect(answer.status).toBe(status)
    if (status === 405) expect(answer.headers.get('allow')).toBe('POST')
  })

  it.each<[string, unknown, Record<string, string>, number]>([
    ['a body that is no JSON', '{"group"', {}, 400],
    ['a body with faults', { group: 1, nonsense: 2 }, {}, 400],
    ['another type of content', { group }, { 'content-type': 'text/plain' }, 415],
    ['a body that is too large', JSON.stringify({ group: 'x'.repeat(20_000) }), {}, 413],
  ])('for %s', async (_what, body, more, status) => {
    const { acts, post } = await setup()
    const answer = await post('/pause', body, more)
    expect(answer.status).toBe(status)
    const named = expect.objectContaining({ where: expect.any(String), fix: expect.any(String) })
    if (status === 400) expect(await answer.json()).toMatchObject({ problems: expect.arrayContaining([named]) })
    expect(acts).toEqual([])
  })

  it('when there are too many, with the token or without', async () => {
    const { post } = await setup()
    const statuses = new Set<number>()
    for (let at = 0; at < 125; at += 1) statuses.add((await post('/resume', { group })).status)
    expect([...statuses]).toEqual([200, 429])
  })
})

describe('the server', () => {
  it('has a token of 16 characters at least', () => {
    const logger: Logger = silentLogger
    const create = () =>
      createAdminServer({ port: 0, token: 'fifteen-letters', worker: { control: {} as WorkerControl }, logger })
    expect(create).toThrow('OPS_ADMIN_TOKEN: has fewer than 16 characters')
    expect(create).not.toThrow('fifteen-letters')
  })

  it('listens on the loopback address only, unless it is told otherwise', async () => {
    const { port } = await setup()
    await expect(fetch(`http://[::1]:${port}/pause`)).rejects.toThrow('fetch failed')
  })

  it('ends a seek that is under way when it stops', async () => {
    const asked = Promise.withResolvers<AbortSignal | undefined>()
    const seek: WorkerControl['seek'] = (_which, _to, _by, signal) => {
      asked.resolve(signal)
      return new Promise(() => undefined)
    }
    const { post, server } = await setup({ control: { seek } })
    const answer = post('/seek', { group, topic: 'orders.v1', to: 'latest' }).catch((error: unknown) => error)
    const signal = await asked.promise
    await server.stop()
    expect(signal?.aborted).toBe(true)
    expect(await answer).toBeInstanceOf(TypeError)
  })
})
