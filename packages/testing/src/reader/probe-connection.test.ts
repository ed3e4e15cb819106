import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { freePorts } from '../brokers/free-ports.js'
import { nothing, text } from './json-shape.js'
import { createLineSplitter, createProbeConnection, type ProbeConnection } from './probe-connection.js'

test('lines come out the same however the bytes are cut, separators of JavaScript text included', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '"', '\u2028', '\r', 'é', '😀') })
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''))
      const seen: string[] = []
      const feed = createLineSplitter((one) => seen.push(one))
      const ends = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
      ends.forEach((end, index) => feed(bytes.subarray(ends[index - 1] ?? 0, end)))
      expect(seen).toEqual(lines)
    }),
  )
})

describe('a probe connection', () => {
  let server: Server | undefined
  let connection: ProbeConnection | undefined
  afterEach(async () => {
    await connection?.close()
    server?.close()
  })

  async function setup(onRequest: (request: Record<string, unknown>, socket: Socket) => void) {
    const [port = 0] = await freePorts(1)
    server = createServer((socket) => {
      const feed = createLineSplitter((line) => onRequest(JSON.parse(line), socket))
      socket.on('data', feed)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    connection = createProbeConnection(port, ['127.0.0.1:1', '127.0.0.1:2'])
    return connection
  }
  const say = (socket: Socket, answer: object) => socket.write(`${JSON.stringify(answer)}\n`)

  test('sends the command with its cluster and time limit and resolves with what is done', async () => {
    const seen: object[] = []
    const probe = await setup((request, socket) => {
      seen.push(request)
      say(socket, { id: request['id'], done: 'pong' })
    })
    expect(await probe.call({ command: 'ping' }, text, { timeoutMs: 500 })).toBe('pong')
    expect(seen).toEqual([{ command: 'ping', id: 1, timeoutMs: 500, bootstrap: '127.0.0.1:1,127.0.0.1:2' }])
  })

  test('keeps answers apart by id, whatever their order', async () => {
    const held: { id: unknown; socket: Socket }[] = []
    const probe = await setup((request, socket) => {
      held.push({ id: request['id'], socket })
      if (held.length === 2)
        for (const one of held.toReversed()) say(one.socket, { id: one.id, done: `for ${String(one.id)}` })
    })
    const answers = [probe.call({ command: 'a' }, text), probe.call({ command: 'b' }, text)]
    expect(await Promise.all(answers)).toEqual(['for 1', 'for 2'])
  })

  test('hands over parts before the end', async () => {
    const parts: unknown[] = []
    const probe = await setup(({ id }, socket) => {
      for (const answer of [{ part: [1] }, { part: [2] }, { done: null }]) say(socket, { id, ...answer })
    })
    await probe.call({ command: 'read' }, nothing, {}, (part) => parts.push(part))
    expect(parts).toEqual([[1], [2]])
  })

  test("rejects with Java's exception by name", async () => {
    const probe = await setup(({ id }, socket) => say(socket, { id, error: 'TopicExistsException', message: 'there' }))
    await expect(probe.call({ command: 'x' }, nothing)).rejects.toMatchObject({
      code: 'MILLRACE_TEST_PROBE_FAILED',
      kafkaError: 'TopicExistsException',
    })
  })

  test('rejects an answer of another form', async () => {
    const probe = await setup(({ id }, socket) => say(socket, { id, done: 7 }))
    await expect(probe.call({ command: 'x' }, text)).rejects.toMatchObject({ code: 'MILLRACE_TEST_PROBE_FAILED' })
  })

  test('rejects a part that its reader refuses', async () => {
    const probe = await setup(({ id }, socket) => say(socket, { id, part: 1 }))
    const refuse = () => {
      throw new Error('too many')
    }
    await expect(probe.call({ command: 'x' }, nothing, {}, refuse)).rejects.toMatchObject({
      cause: new Error('too many'),
    })
  })

  test('ends with the reason of the signal, before and during the call, and drops the late answer', async () => {
    const late: (() => void)[] = []
    const probe = await setup(({ id, command }, socket) => {
      if (command === 'slow') late.push(() => say(socket, { id, done: 'late' }))
      else say(socket, { id, done: 'ok' })
    })
    const given = new AbortController()
    const waiting = probe.call({ command: 'slow' }, text, { signal: given.signal })
    await vi.waitUntil(() => late.length === 1, { timeout: 10_000 })
    given.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    late[0]?.()
    expect(await probe.call({ command: 'quick' }, text)).toBe('ok')
    await expect(probe.call({ command: 'x' }, text, { signal: given.signal })).rejects.toThrow('enough')
  })

  test('a probe that dies fails every open call', async () => {
    const probe = await setup((_request, socket) => socket.destroy())
    const calls = [probe.call({ command: 'a' }, nothing), probe.call({ command: 'b' }, nothing)]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { code: 'MILLRACE_TEST_PROBE_FAILED' } })
    }
  })

  test('a port where nobody listens is said so', async () => {
    const [port = 0] = await freePorts(1)
    await expect(createProbeConnection(port, []).call({ command: 'a' }, nothing)).rejects.toMatchObject({
      message: expect.stringContaining('not reachable'),
    })
  })
})
