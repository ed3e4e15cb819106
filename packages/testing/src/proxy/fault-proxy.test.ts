import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type FaultProxy, openFaultProxy } from './fault-proxy.js'
import { openRawClient, startScriptedKafka } from './test-support/scripted-kafka.js'

const keys = { Produce: 0, Metadata: 3, OffsetCommit: 8, Heartbeat: 12 } as const
const { signal } = new AbortController()

describe('the fault proxy', () => {
  let proxy: FaultProxy | undefined
  afterEach(() => proxy?.close())

  async function setup({ answerBytes = 4, nodes = [1] } = {}) {
    const broker = await startScriptedKafka({ answerBytes })
    onTestFinished(() => broker.close())
    const opened = await openFaultProxy({ nodes, brokerOf: () => broker })
    proxy = opened
    const client = async (clientId?: string | null, node = 1) => {
      const raw = await openRawClient(opened.addresses.get(node), clientId)
      onTestFinished(() => void raw.socket.destroy())
      return raw
    }
    return { broker, proxy: opened, client }
  }
  const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 10_000, interval: 2 })
  /** Long enough for a loopback answer to arrive if nothing held it. */
  const aWhile = async (client: { answers: number[] }, broker: { port: number }) => {
    const seen = client.answers.length
    const direct = await openRawClient(`127.0.0.1:${broker.port}`)
    for (let round = 1; round <= 10; round += 1) {
      direct.ask(keys.Metadata, round)
      await until(() => direct.answers.length === round)
    }
    direct.socket.destroy()
    return client.answers.length - seen
  }

  test('carries requests and answers, and counts them by API', async () => {
    const { proxy, client, broker } = await setup()
    const { ask, answers } = await client()
    ask(keys.Metadata, 1)
    ask(keys.Produce, 2)
    ask(keys.Heartbeat, 3, 200_000)
    ask(keys.Heartbeat, 4)
    await until(() => answers.length === 3)
    expect(answers).toEqual([1, 3, 4])
    expect(broker.applied).toEqual(['3:1', '0:2', '12:3', '12:4'])
    expect(Object.fromEntries(proxy.seen)).toEqual({ Metadata: 1, Produce: 1, Heartbeat: 2 })
    expect(Object.fromEntries(proxy.answered)).toEqual({ Metadata: 1, Heartbeat: 2 })
    expect(proxy.connections).toBe(1)
  })

  test('passes the end of a connection on', async () => {
    const { proxy, client } = await setup()
    const { socket, ended } = await client()
    socket.end()
    expect(await ended).toBe('end')
    await until(() => proxy.connections === 0)
  })

  test('cut resets the connections of one client and leaves the others', async () => {
    const { proxy, client } = await setup()
    const [one, other] = [await client('one'), await client('other')]
    for (const { ask } of [one, other]) ask(keys.Metadata, 1)
    await until(() => one.answers.length + other.answers.length === 2)
    expect(proxy.cut({ clientId: 'one' }).fired).toBe(1)
    expect(await one.ended).toBe('ECONNRESET')
    other.ask(keys.Metadata, 2)
    await until(() => other.answers.length === 2)
    expect(proxy.cut({ node: 2 }).fired).toBe(0)
    expect(proxy.cut().fired).toBe(1)
    expect(await other.ended).toBe('ECONNRESET')
  })

  test('a black hole accepts connections and forwards nothing until it ends, then everything', async () => {
    const { proxy, client, broker } = await setup()
    const hole = proxy.blackHole()
    const { ask, answers } = await client()
    ask(keys.Metadata, 1)
    await hole.struck(signal)
    expect(await aWhile({ answers }, broker)).toBe(0)
    expect(broker.applied).not.toContain('3:1:1')
    expect(broker.applied.length).toBe(10) // all of them asked directly
    hole.end()
    await until(() => answers.length === 1)
    expect(hole.fired).toBe(1)
  })

  test('a black hole for one API leaves the other connections of the client alone', async () => {
    const { proxy, client, broker } = await setup()
    proxy.blackHole({ api: 'OffsetCommit' })
    const [first, second] = [await client(), await client()]
    first.ask(keys.OffsetCommit, 1)
    second.ask(keys.Metadata, 1)
    await until(() => second.answers.length === 1)
    expect(await aWhile(first, broker)).toBe(0)
    proxy.heal()
    await until(() => first.answers.length === 1)
  })

  test.each([
    ['answers', 1],
    ['requests', 0],
  ] as const)(
    'half-open with silent %s: the broker sees %i requests, the client no answer',
    async (silent, applied) => {
      const { proxy, client, broker } = await setup()
      const fault = proxy.halfOpen({ silent })
      const one = await client()
      one.ask(keys.Heartbeat, 1)
      await fault.struck(signal)
      expect(await aWhile(one, broker)).toBe(0)
      expect(broker.applied.filter((request) => request === '12:1').length).toBe(applied)
      fault.end()
      await until(() => one.answers.length === 1)
    },
  )

  test('delay lets every answer of a client pass later, and only of that client', async () => {
    const { proxy, client } = await setup()
    const fault = proxy.delay(60, { clientId: 'slow' })
    const [slow, quick] = [await client('slow'), await client('quick')]
    const startedMs = performance.now()
    slow.ask(keys.Metadata, 1)
    quick.ask(keys.Metadata, 1)
    await until(() => quick.answers.length === 1)
    expect(slow.answers).toEqual([])
    await until(() => slow.answers.length === 1)
    expect(performance.now() - startedMs).toBeGreaterThan(115) // there and back
    expect(fault.fired).toBe(2)
  })

  test('throttle lets through so many bytes per second, and everything once it ends', async () => {
    const { proxy, client } = await setup({ answerBytes: 10_000 })
    const fault = proxy.throttle(40_000, { api: 'Metadata' })
    const { ask, received } = await client()
    const startedMs = performance.now()
    ask(keys.Metadata, 1)
    await until(() => received() >= 8_000)
    expect(performance.now() - startedMs).toBeGreaterThan(150)
    expect(received()).toBeLessThan(10_008)
    ask(keys.Metadata, 2)
    ask(keys.Metadata, 3)
    fault.end()
    await until(() => received() === 3 * 10_008)
  })

  test('a frame of many chunks counts once', async () => {
    const { proxy, client } = await setup({ answerBytes: 400_000 })
    const [delay, throttle] = [proxy.delay(1), proxy.throttle(20_000_000)]
    const { ask, received } = await client()
    ask(keys.Metadata, 1, 400_000)
    await until(() => received() === 400_008)
    expect([delay.fired, throttle.fired]).toEqual([2, 2])
  })

  test('a fault for one node leaves the others alone', async () => {
    const { proxy, client } = await setup({ nodes: [1, 2] })
    const [one, two] = [await client('c', 1), await client('c', 2)]
    const hole = proxy.blackHole({ node: 2 })
    two.ask(keys.Metadata, 1)
    await hole.struck(signal)
    one.ask(keys.Metadata, 1)
    await until(() => one.answers.length === 1)
    expect(proxy.cut({ node: 1 }).fired).toBe(1)
    expect(two.answers).toEqual([])
    hole.end()
    await until(() => two.answers.length === 1)
  })

  test('refuse resets new connections and leaves the open ones', async () => {
    const { proxy, client } = await setup()
    const before = await client()
    const fault = proxy.refuse()
    expect(await (await client()).ended).toBe('ECONNRESET')
    before.ask(keys.Metadata, 1)
    await until(() => before.answers.length === 1)
    expect(fault.fired).toBe(1)
    fault.end()
    const after = await client()
    after.ask(keys.Metadata, 1)
    await until(() => after.answers.length === 1)
  })

  test('dropAnswers lets the broker apply the request, cuts the connection, and only as often as asked', async () => {
    const { proxy, client, broker } = await setup()
    const fault = proxy.dropAnswers({ api: 'OffsetCommit', clientId: 'a', times: 2 })
    const other = await client('b')
    other.ask(keys.OffsetCommit, 9)
    await until(() => other.answers.length === 1)
    for (const id of [1, 2]) {
      const { ask, ended, answers } = await client('a')
      ask(keys.Metadata, 100 + id)
      ask(keys.OffsetCommit, id)
      expect(await ended).toBe('ECONNRESET')
      expect(answers).not.toContain(id)
    }
    expect(broker.applied).toEqual(expect.arrayContaining(['8:1', '8:2']))
    expect(fault.fired).toBe(2)
    const third = await client('a')
    third.ask(keys.OffsetCommit, 3)
    await until(() => third.answers.length === 1)
    expect(fault.fired).toBe(2)
  })

  test('dropAnswers, silently: later answers of the connection still come', async () => {
    const { proxy, client } = await setup({ answerBytes: 200_000 })
    const fault = proxy.dropAnswers({ api: 'OffsetCommit', silently: true })
    const { ask, answers, received } = await client()
    ask(keys.OffsetCommit, 1)
    ask(keys.Heartbeat, 2)
    await until(() => received() === 200_008)
    expect(answers).toEqual([2])
    await fault.struck(signal)
  })

  test('dropRequests: the broker never sees it', async () => {
    const { proxy, client, broker } = await setup()
    proxy.dropRequests({ api: 'OffsetCommit' })
    const { ask, ended } = await client()
    ask(keys.OffsetCommit, 1, 100_000)
    expect(await ended).toBe('ECONNRESET')
    expect(broker.applied).toEqual([])
  })

  test('nextRequest with hold: the broker sees the request when it is released, or never when it is cut', async () => {
    const { proxy, client, broker } = await setup()
    const [first, second] = [await client('first'), await client('second')]
    const seen = proxy.nextRequest('OffsetCommit', signal, { hold: true, clientId: 'first' })
    second.ask(keys.OffsetCommit, 5)
    first.ask(keys.OffsetCommit, 1)
    const frame = await seen
    expect(frame).toMatchObject({ api: 'OffsetCommit', version: 2, correlationId: 1, clientId: 'first', node: 1 })
    await until(() => second.answers.length === 1)
    expect(broker.applied).toEqual(['8:5'])
    frame.release()
    expect(await frame.passed).toBe(true)
    await until(() => first.answers.length === 1)

    const again = proxy.nextRequest('Heartbeat', signal, { hold: true })
    first.ask(keys.Heartbeat, 2)
    const lost = await again
    lost.cut()
    expect(await lost.passed).toBe(false)
    expect(await first.ended).toBe('ECONNRESET')
    expect(broker.applied).toEqual(['8:5', '8:1'])
  })

  test('a wait with hold that was given up holds nothing', async () => {
    const { proxy, client } = await setup()
    const given = new AbortController()
    const waiting = proxy.nextRequest('Metadata', given.signal, { hold: true })
    given.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const { ask, answers } = await client()
    ask(keys.Metadata, 1)
    await until(() => answers.length === 1)
  })

  test('nextAnswer with hold: the broker has applied it and the client does not know until heal', async () => {
    const { proxy, client, broker } = await setup()
    const one = await client()
    const seen = proxy.nextAnswer('OffsetCommit', signal, { hold: true })
    one.ask(keys.OffsetCommit, 1)
    await seen
    expect(broker.applied).toEqual(['8:1'])
    expect(await aWhile(one, broker)).toBe(0)
    proxy.heal()
    await until(() => one.answers.length === 1)
  })

  test('a wait ends with the reason of its signal, or when the proxy closes', async () => {
    const { proxy, client } = await setup()
    const given = new AbortController()
    const waits = [
      proxy.nextRequest('Fetch', given.signal),
      proxy.nextAnswer('Fetch', signal),
      proxy.blackHole().struck(given.signal),
    ]
    const results = Promise.allSettled(waits)
    given.abort(new Error('enough'))
    await client()
    await proxy.close()
    expect((await results).map((result) => (result.status === 'rejected' ? String(result.reason) : 'fine'))).toEqual([
      'Error: enough',
      'Error: the proxy is closed',
      'Error: enough',
    ])
    await expect(proxy.nextRequest('Fetch', signal)).rejects.toThrow('closed')
  })

  test('close ends held connections and leaves no socket and no timer, however often', async () => {
    const { proxy, client, broker } = await setup()
    const clients = [await client('a'), await client('b'), await client('c')]
    proxy.blackHole({ clientId: 'a' })
    proxy.delay(3_600_000, { clientId: 'b' })
    const held = proxy.nextRequest('Metadata', signal, { hold: true, clientId: 'c' })
    for (const { ask } of clients) ask(keys.Metadata, 1)
    await held
    await until(() => proxy.seen.get('Metadata') === 3)
    await proxy.close()
    await proxy.close()
    await Promise.all(clients.map(({ ended }) => ended))
    expect(proxy.connections).toBe(0)
    await broker.close()
    await until(() => !process.getActiveResourcesInfo().includes('TCPServerWrap'))
    expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))).toEqual([])
  })

  test('a client that does not read stops the broker, not the memory of the proxy', async () => {
    const { client, broker } = await setup({ answerBytes: 1_000_000 })
    const { socket, ask, answers, received } = await client()
    socket.pause()
    for (let id = 1; id <= 60; id += 1) ask(keys.Metadata, id)
    await until(() => broker.applied.length === 60)
    let unsent = -1
    while (unsent !== broker.unsent()) {
      unsent = broker.unsent()
      await aWhile({ answers }, broker)
    }
    expect(broker.unsent()).toBeGreaterThan(30_000_000) // the kernel takes some megabytes on each of two ways
    socket.resume()
    await until(() => received() === 60 * 1_000_008)
  })

  test('a broker that is away resets the client; each node has a port and a broker of its own', async () => {
    const broker = await startScriptedKafka()
    const opened = await openFaultProxy({ nodes: [1, 2], brokerOf: (node) => (node === 1 ? broker : undefined) })
    proxy = opened
    const two = await openRawClient(opened.addresses.get(2))
    expect(await two.ended).toBe('ECONNRESET')
    const one = await openRawClient(opened.addresses.get(1))
    one.ask(keys.Metadata, 1)
    await until(() => one.answers.length === 1)
    await broker.close()
    const late = await openRawClient(opened.addresses.get(1))
    expect(await late.ended).toBe('ECONNRESET')
    expect(await one.ended).toBe('end')
  })
})
