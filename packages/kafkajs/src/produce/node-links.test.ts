import { createManualClock } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { OURS, type OurExchange } from '../wire/register-protocols.js'
import { metadataRequest } from './metadata-request.js'
import { NodeLinks } from './node-links.js'
import type { WireBroker } from './wire-broker.js'

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
