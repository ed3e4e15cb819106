import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { everyNodeKnows } from './every-node-knows.js'
import { int32, int8, text } from './raw-request.js'

const int16 = (value: number) => int32(value << 16).subarray(0, 2)

/** Metadata answer, version 1: one broker, one topic, these leaders. */
function metadata(leaders: readonly number[]): Buffer {
  const broker = [int32(1), text('127.0.0.1'), int32(9), int16(-1)]
  const partitions = leaders.flatMap((leader, partition) => [
    ...[int16(0), int32(partition), int32(leader)],
    ...[int32(2), int32(1), int32(2), int32(1), int32(1)],
  ])
  const topic = [int16(0), text('orders'), int8(0), int32(leaders.length), ...partitions]
  return Buffer.concat([int32(1), ...broker, int32(1), int32(1), ...topic])
}

describe('everyNodeKnows', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** A node that says one thing after the other, the last for ever. */
  async function node(...said: (readonly number[])[]): Promise<string> {
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        const body = metadata((said.length > 1 ? said.shift() : said[0]) ?? [])
        socket.write(Buffer.concat([int32(body.length + 4), chunk.subarray(8, 12), body]))
      })
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const address = server.address()
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  test('waits for the last one', async () => {
    const seen: unknown[] = []
    const nodes = [await node([1, 2]), await node([], [1, -1], [1, 2])]
    await everyNodeKnows(
      nodes,
      'orders',
      (leaders) => {
        seen.push([...leaders])
        return leaders.get(1) === 2
      },
      {},
    )
    const whole = [
      [0, 1],
      [1, 2],
    ]
    expect(seen).toEqual([whole, [], [whole[0], [1, null]], whole])
  })

  test('a node that is down has no say, and one that never hears of it is named', async () => {
    await everyNodeKnows(['127.0.0.1:1'], 'orders', () => false, {})
    const late = await node([1])
    await expect(everyNodeKnows([late], 'orders', () => false, { timeoutMs: 60 })).rejects.toMatchObject({
      code: 'MILLRACE_TEST_PROBE_FAILED',
      message: expect.stringContaining(late),
    })
    const given = AbortSignal.abort(new Error('enough'))
    await expect(everyNodeKnows([late], 'orders', () => false, { signal: given })).rejects.toThrow('enough')
  })
})
