import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { awaitReady } from './await-ready.js'
import { int32, text } from './raw-request.js'

const int16 = (value: number) => int32(value << 16).subarray(0, 2)
const nullText = int16(-1)
const apis = { metadata: 3, findCoordinator: 10, offsetFetch: 9, initProducerId: 22 } as const

describe('awaitReady', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.close()
  })

  /** Answers each API with the next of its scripted error codes, the last one for ever. */
  async function broker(script: Partial<Record<keyof typeof apis, number[]>>, { listed = true } = {}) {
    const asked: string[] = []
    const listening = createServer((socket) => {
      socket.on('data', (chunk) => {
        const [name] = Object.entries(apis).find(([, key]) => key === chunk.readInt16BE(4)) ?? ['unknown']
        const codes = Object.entries(script).find(([api]) => api === name)?.[1] ?? [0]
        const code = (codes.length > 1 ? codes.shift() : codes[0]) ?? 0
        asked.push(`${name} ${code}`)
        const body = answer(name, code)
        socket.write(Buffer.concat([int32(body.length + 4), chunk.subarray(8, 12), body]))
      })
    }).listen(0, '127.0.0.1')
    server = listening
    await once(listening, 'listening')
    const info: AddressInfo | string | null = listening.address()
    const port = typeof info === 'object' && info !== null ? info.port : 0

    const here = Buffer.concat([text('127.0.0.1'), int32(port)])
    const answer = (api: string, code: number): Buffer => {
      if (api === 'metadata')
        return Buffer.concat([int32(listed ? 1 : 0), int32(1), here, nullText, int32(1), int32(0)])
      if (api === 'findCoordinator') return Buffer.concat([int32(0), int16(code), nullText, int32(1), here])
      if (api === 'offsetFetch') return Buffer.concat([int32(0), int16(code)])
      return Buffer.concat([int32(0), int16(code), int32(0), int32(7), int16(0)])
    }
    return { asked, address: { host: '127.0.0.1', port } }
  }

  test('waits until both coordinators have answered without an error', async () => {
    const { asked, address } = await broker({ findCoordinator: [15, 0], offsetFetch: [14, 0], initProducerId: [14, 0] })
    await awaitReady(address, { timeoutMs: 5000, listed: [address] })
    expect(asked).toEqual([
      'metadata 0',
      'findCoordinator 15',
      'findCoordinator 0',
      'offsetFetch 14',
      'findCoordinator 0',
      'offsetFetch 0',
      'findCoordinator 0',
      'initProducerId 14',
      'findCoordinator 0',
      'initProducerId 0',
    ])
  })

  test('a Metadata answer without the broker is not ready', async () => {
    const { address } = await broker({}, { listed: false })
    await expect(awaitReady(address, { timeoutMs: 150, listed: [address] })).rejects.toMatchObject({
      code: 'MILLRACE_TEST_BROKER_FAILED',
      message: expect.stringContaining('not ready after 0.15 s'),
    })
  })

  test('one broker of a cluster alone is not ready', async () => {
    const { address } = await broker({})
    const listed = [address, { ...address, port: 1 }]
    await expect(awaitReady(address, { timeoutMs: 150, listed })).rejects.toMatchObject({
      code: 'MILLRACE_TEST_BROKER_FAILED',
    })
  })

  test('ends with the reason of the signal', async () => {
    const { address } = await broker({ findCoordinator: [15] })
    const given = new AbortController()
    const waiting = awaitReady(address, { timeoutMs: 60_000, signal: given.signal })
    given.abort(new Error('tests are over'))
    await expect(waiting).rejects.toThrow('tests are over')
  })
})
