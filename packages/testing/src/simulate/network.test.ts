import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createNetwork } from './network.js'
import { seeded } from './seeded.js'
import { createWorld } from './world.js'

/** A broker that answers every request with its own bytes, and a client that is connected to it. */
async function setup(seed: number) {
  const world = createWorld(seeded(seed))
  const [client, broker] = [world.actor('client'), world.actor('broker')]
  const said: string[] = []
  const network = createNetwork(world, broker, (onConnect) => {
    const end = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        said.push(`broker got ${String(chunk)}`)
        end.push(chunk)
        done()
      },
      destroy(error, done) {
        said.push('broker end closed')
        done(error)
      },
    })
    world.soon(broker, onConnect)
    return end
  })
  const socket = world.inside(client, () => network.connect(client, () => void said.push('connected')))
  socket.on('data', (chunk) => said.push(`client got ${String(chunk)}`))
  socket.on('error', ({ message }) => said.push(message))
  const rest = async (): Promise<readonly string[]> => {
    await world.settle()
    while (await world.step());
    return said.splice(0)
  }
  expect(await rest()).toEqual(['connected'])
  const [connection] = network.connectionsOf(client)
  if (connection === undefined) throw new Error('not connected')
  const send = (text: string): void => void world.inside(client, () => socket.write(text))
  return { world, client, network, socket, connection, send, rest }
}
const seeds = Array.from({ length: 30 }, (_, index) => index)

describe('a simulated connection', () => {
  it('delivers in order, whatever the seed, each time at its own moment', async () => {
    const moments = new Set<number>()
    for (const seed of seeds) {
      const { world, send, rest } = await setup(seed)
      for (const text of ['a', 'b', 'c']) send(text)
      const said = await rest()
      expect(said.filter((one) => one.startsWith('broker'))).toEqual(['broker got a', 'broker got b', 'broker got c'])
      expect(said.filter((one) => one.startsWith('client')).join('')).toMatch(/a.*b.*c/)
      moments.add(world.now)
    }
    expect(moments.size).toBeGreaterThan(5)
  })

  it('loses requests that are on their way when it is cut so, and tells both ends', async () => {
    const { send, connection, rest, network, client } = await setup(1)
    send('a')
    connection.cut('requests')
    expect(await rest()).toEqual(['broker end closed', 'read ECONNRESET'])
    expect(network.connectionsOf(client)).toEqual([])
  })

  it('applies requests and loses their answers when it is cut so', async () => {
    const { send, connection, rest } = await setup(1)
    send('a')
    await Promise.resolve()
    connection.cut('answers')
    expect(await rest()).toEqual(['broker got a', 'broker end closed', 'read ECONNRESET'])
  })

  it('is cut once', async () => {
    const { connection, rest } = await setup(1)
    connection.cut('answers')
    connection.cut('requests')
    expect(await rest()).toEqual(['broker end closed', 'read ECONNRESET'])
  })

  it('tells a dead client nothing', async () => {
    const { send, connection, client, rest } = await setup(1)
    send('a')
    client.state = 'dead'
    connection.abandon('answers')
    expect(await rest()).toEqual(['broker got a', 'broker end closed'])
  })

  it('closes the end of the broker when the client closes', async () => {
    const { world, client, socket, rest } = await setup(1)
    world.inside(client, () => void socket.destroy())
    expect(await rest()).toEqual(['broker end closed'])
  })
})
