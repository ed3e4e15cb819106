import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { createRefusedSocket, createSocketPair } from './memory-sockets.js'

async function setup() {
  const clock = createVirtualClock()
  let connected = 0
  const [client, server] = createSocketPair(clock, () => (connected += 1))
  client.on('error', () => {})
  server.on('error', () => {})
  return { clock, client, server, connections: () => connected }
}

describe('in-memory sockets', () => {
  it('connect in a later turn', async () => {
    const { clock, connections } = await setup()
    expect(connections()).toBe(0)
    await clock.settle()
    expect(connections()).toBe(1)
  })

  it('carry bytes both ways, in order, in a later turn', async () => {
    const { clock, client, server } = await setup()
    const got: string[] = []
    client.on('data', (chunk: Buffer) => void got.push(`client ${chunk.toString()}`))
    server.on('data', (chunk: Buffer) => void got.push(`server ${chunk.toString()}`))
    client.write('a')
    client.write('b')
    server.write('c')
    expect(got).toEqual([])
    await clock.settle()
    expect(got.toSorted()).toEqual(['client c', 'server a', 'server b'])
    expect(got.indexOf('server a')).toBeLessThan(got.indexOf('server b'))
  })

  it('give the reader bytes of its own: it may be sent what the writer keeps', async () => {
    const { clock, client, server } = await setup()
    client.on('data', (chunk: Buffer) => void chunk.fill(0))
    const kept = Buffer.from('kept')
    server.cork()
    server.write(kept)
    server.write(kept)
    server.uncork()
    await clock.settle()
    expect(kept.toString()).toBe('kept')
  })

  it('hold a writer back whose reader does not read', async () => {
    const { clock, client, server } = await setup()
    server.pause()
    for (let index = 0; index < 100; index += 1) client.write(Buffer.alloc(10_000))
    await clock.settle()
    expect(client.writableNeedDrain).toBe(true)
    let received = 0
    server.on('data', (chunk: Buffer) => (received += chunk.length))
    server.resume()
    await clock.settle()
    expect(received).toBe(1_000_000)
    expect(client.writableNeedDrain).toBe(false)
  })

  it.each(['end', 'destroy'] as const)('tell the other side of %s, and both are closed after it', async (how) => {
    const { clock, client, server } = await setup()
    await clock.settle()
    const told: string[] = []
    client.on('close', () => void told.push('client closed'))
    server.on('end', () => void told.push('server saw the end'))
    server.on('close', () => void told.push('server closed'))
    server.resume()
    client.resume()
    client[how]()
    await clock.settle()
    await clock.settle()
    expect(told.toSorted()).toEqual(['client closed', 'server closed', 'server saw the end'])
  })

  it('deliver what was written before an end', async () => {
    const { clock, client, server } = await setup()
    const got: string[] = []
    client.on('data', (chunk: Buffer) => void got.push(chunk.toString()))
    server.end('last words')
    await clock.settle()
    expect(got).toEqual(['last words'])
  })

  it('lose what is on its way to a side that has gone, without an error', async () => {
    const { clock, client, server } = await setup()
    await clock.settle()
    client.destroy()
    server.write('nobody hears this')
    await clock.settle()
    expect(server.errored).toBeNull()
  })

  it('refuse as a closed port does', async () => {
    const clock = createVirtualClock()
    const socket = createRefusedSocket(clock, 'memory', 9092)
    const refused = new Promise<unknown>((resolve) => void socket.once('error', resolve))
    await clock.settle()
    expect(await refused).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED memory:9092' })
  })

  it('have what clients call on a TCP socket', async () => {
    const { client } = await setup()
    expect(client.setKeepAlive(true).setNoDelay(true).setTimeout(1).ref().unref()).toBe(client)
  })
})
