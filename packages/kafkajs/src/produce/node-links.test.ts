import { createManualClock } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { OURS, type OurExchange } from '../wire/register-protocols.js'
import { metadataRequest } from './metadata-request.js'
import { NodeLinks } from './node-links.js'
import type { WireBroker, WireRequest } from './wire-broker.js'

/** An answer to Produce (version 7) about no partition. */
function producedWith(throttleTimeMs: number): Buffer {
  const answer = Buffer.alloc(8)
  answer.writeInt32BE(throttleTimeMs, 4)
  return answer
}

const oursOf = (topicData: object): OurExchange => {
  if (!(OURS in topicData)) throw new TypeError('a produce of kafkajs')
  return topicData[OURS] as OurExchange // put there by `produceToBroker`
}

function setup(throttleTimeMs: number) {
  const clock = createManualClock()
  let disconnects = 0
  const broker: WireBroker = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(void (disconnects += 1)),
    produce: async ({ topicData }) => void oursOf(topicData).receive(producedWith(throttleTimeMs), 7),
    lookupRequest: (_apiKey, { protocol }) => protocol({ version: 6 }),
    connectionPool: {
      host: 'somewhere',
      port: 9092,
      pool: [],
      isConnected: () => true,
      send: () => new Promise(() => undefined), // no answer
    },
  }
  const links = new NodeLinks({
    createBroker: () => Promise.resolve(broker),
    clock,
    random: () => 0,
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 10_000,
  })
  const produce = async () => {
    const link = await links.connectAny()
    await link.produce({ acks: -1, timeoutMs: 1_000, topics: [] })
    return link
  }
  return { clock, produce, disconnects: () => disconnects }
}

describe('a link to a node', () => {
  it.each([
    ['one request time-out', 0, 10_000],
    ['that and the time for which the node asked to be left alone', 30_000, 40_000],
  ])('is given up after %s without an answer', async (_what, throttleTimeMs, limitMs) => {
    const { clock, produce, disconnects } = setup(throttleTimeMs)
    const link = await produce()
    expect(link.throttledUntil).toBe(throttleTimeMs)
    const asked = expect(link.ask(metadataRequest([]))).rejects.toThrow('no answer')
    await clock.advance(limitMs - 1)
    expect(disconnects()).toBe(0)
    await clock.advance(1)
    await asked
    expect(disconnects()).toBe(1)
    expect(clock.timersWaiting).toBe(0)
  })
})

/** Brokers that connect at once, wherever they are. */
function manyNodes() {
  const opened: string[] = []
  const ended: string[] = []
  const links = new NodeLinks({
    createBroker: async (address = { host: 'seed', port: 9092 }) => {
      const { host, port } = address
      opened.push(`${host}:${port}`)
      return {
        connect: () => Promise.resolve(),
        disconnect: async () => void ended.push(`${host}:${port}`),
        produce: () => Promise.reject(new Error('not asked')),
        lookupRequest: (_apiKey, { protocol }) => protocol({ version: 2 }),
        versions: { 28: { maxVersion: 3 } },
        connectionPool: {
          ...{ host, port, pool: [] },
          isConnected: () => true,
          send: ({ request }) => request.encode(),
        },
      }
    },
    clock: createManualClock(),
    random: () => 0,
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 10_000,
  })
  return { links, opened, ended }
}

describe('a node that an answer named', () => {
  it('keeps the connection of the seed that it is', async () => {
    const { links, opened, ended } = manyNodes()
    const seed = await links.connectAny()
    links.add({ nodeId: 3, host: 'seed', port: 9092 })
    expect(await links.connect(3)).toBe(seed)
    links.add({ nodeId: 4, host: 'other', port: 9092 })
    expect((await links.connect(4)).address).toBe('other:9092')
    expect([opened, ended]).toEqual([['seed:9092', 'other:9092'], []])
  })

  it('loses its link where it has moved, and no other node does', async () => {
    const { links, ended } = manyNodes()
    await links.connectAny()
    links.add({ nodeId: 3, host: 'a', port: 9092 })
    links.add({ nodeId: 4, host: 'b', port: 9092 })
    const [old, other] = await Promise.all([links.connect(3), links.connect(4)])
    links.add({ nodeId: 3, host: 'c', port: 9092 })
    expect([ended, links.standing(4)]).toEqual([['a:9092'], other])
    expect(await links.connect(3)).not.toBe(old)
  })

  it('says what it speaks, and is asked in no version that is not ours', async () => {
    const { links } = manyNodes()
    const link = await links.connectAny()
    expect([link.speaks(28), link.speaks(29)]).toEqual([3, undefined])
    const request: WireRequest<number> = {
      ...{ apiKey: 28, apiName: 'TxnOffsetCommit', versions: [3] },
      encode: () => Buffer.alloc(0),
      decode: () => 0,
    }
    await expect(link.ask(request)).rejects.toThrow('TxnOffsetCommit 2')
  })
})
