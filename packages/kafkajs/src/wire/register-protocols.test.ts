import type { RawHeader } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { readField, readList } from '../client/read-answer.js'
import { ByteWriter } from './byte-writer.js'
import { decodePartition } from './decode-partition.js'
import { encodeProduceRequest, type ProduceRequest } from './encode-produce-request.js'
import { encodeRecordBatch } from './encode-record-batch.js'
import { type FetchRequest, fetchFromBroker } from './fetch-from-broker.js'
import { produceToBroker } from './produce-to-broker.js'
import { registerProtocols } from './register-protocols.js'
import { connectScriptedBroker, type ScriptedConnection, type ScriptedRequest } from './test-support/scripted-broker.js'
import { record, values } from './test-support/wire-fixtures.js'
import { WireFault } from './wire-fault.js'

const PRODUCE = 0
const headers: readonly RawHeader[] = [
  [Buffer.from('a'), Buffer.from('1')],
  [Buffer.from('__proto__'), null],
  [Buffer.from('a'), Buffer.from('2')],
]
const batch = encodeRecordBatch([record('hello', { headers })])

const fetchRequest: FetchRequest = {
  maxWaitMs: 10,
  minBytes: 1,
  maxBytes: 1_000_000,
  topics: [{ topic: 't', partitions: [{ partition: 4, fetchOffset: 2n ** 53n + 1n, maxBytes: 1_000 }] }],
}
const produceRequest: ProduceRequest = {
  transactionalId: 'tx',
  acks: -1,
  timeoutMs: 1_000,
  topics: [{ topic: 't', partitions: [{ partition: 4, batch }] }],
}

/** One partition, by default with error 3, in the layout of the version asked for. */
function answerTo({ apiKey, apiVersion }: ScriptedRequest, throttleTimeMs = 0, errorCode = 3): Buffer {
  const writer = new ByteWriter(300)
  if (apiKey !== PRODUCE) {
    writer.writeInt32(throttleTimeMs)
    if (apiVersion >= 7) writer.writeInt16(0)
    if (apiVersion >= 7) writer.writeInt32(0)
  }
  writer.writeInt32(1)
  writer.writeString('t')
  writer.writeInt32(1)
  writer.writeInt32(4)
  writer.writeInt16(errorCode)
  writer.writeInt64(7n) // base offset, or high watermark
  writer.writeInt64(-1n) // log append time, or last stable offset
  if (apiVersion >= 5) writer.writeInt64(0n)
  if (apiKey === PRODUCE) {
    writer.writeInt32(throttleTimeMs)
  } else {
    writer.writeInt32(-1)
    if (apiVersion >= 11) writer.writeInt32(-1)
    writer.writeInt32(batch.length)
    writer.writeBytes(batch)
  }
  return writer.bytes.subarray(0, writer.position)
}

let connection: ScriptedConnection | undefined
afterEach(async () => {
  await connection?.close()
  connection = undefined
})

async function setup({
  fetch = 11,
  produce = 7,
  answer = (request: ScriptedRequest) => answerTo(request),
} = {}): Promise<ScriptedConnection> {
  connection = await connectScriptedBroker({ fetch, produce }, answer)
  return connection
}

describe("our exchanges through kafkajs's Broker", () => {
  it.each([4, 5, 6, 7, 8, 9, 10, 11, 12])('fetch from a broker that speaks up to version %i', async (fetch) => {
    const { broker, requests } = await setup({ fetch })
    const response = await fetchFromBroker(broker, fetchRequest)
    expect(requests[0]?.apiVersion).toBe(Math.min(fetch, 11))
    expect(requests[0]?.body.includes(Buffer.from([0, 0x20, 0, 0, 0, 0, 0, 1]))).toBe(true) // 2^53 + 1, exact
    const [partition] = response.partitions
    expect(partition).toMatchObject({ topic: 't', partition: 4, errorCode: 3, highWatermark: 7n })
    if (partition === undefined) return
    const { records } = decodePartition(partition, 0n)
    expect(values(records)).toEqual(['hello'])
    expect(records[0]?.headers).toEqual(headers)
  })

  it.each([3, 4, 5, 6, 7, 9])('produce to a broker that speaks up to version %i', async (produce) => {
    const { broker, requests } = await setup({ produce })
    const response = await produceToBroker(broker, produceRequest)
    expect(requests[0]?.apiVersion).toBe(Math.min(produce, 7))
    expect(requests[0]?.body).toEqual(encodeProduceRequest(produceRequest))
    expect(response.partitions).toMatchObject([{ topic: 't', partition: 4, errorCode: 3, baseOffset: 7n }])
  })

  it('keep two fetches of one connection apart', async () => {
    const { broker } = await setup()
    const [one, two] = await Promise.all([fetchFromBroker(broker, fetchRequest), fetchFromBroker(broker, fetchRequest)])
    expect(one).toEqual(two)
    expect(one).not.toBe(two)
  })

  it.each([
    ['fetch', 7, 5, false],
    ['fetch', 8, 5, true],
    ['produce', 11, 5, false],
    ['produce', 11, 6, true],
  ] as const)(
    'hold the connection back where the broker leaves that to the client: %s at %i/%i',
    async (api, fetch, produce, isHeld) => {
      const { broker, throttledUntil } = await setup({ fetch, produce, answer: (request) => answerTo(request, 20) })
      const call = api === 'fetch' ? fetchFromBroker(broker, fetchRequest) : produceToBroker(broker, produceRequest)
      expect((await call).throttleTimeMs).toBe(20)
      expect(throttledUntil() > 0).toBe(isHeld)
    },
  )

  it('reject with a fault when the answer can not be parsed', async () => {
    const { broker } = await setup({ answer: (request) => answerTo(request).subarray(0, 20) })
    await expect(fetchFromBroker(broker, fetchRequest)).rejects.toBeInstanceOf(WireFault)
    await expect(produceToBroker(broker, produceRequest)).rejects.toBeInstanceOf(WireFault)
  })

  it('refuse a broker that knows no record batches', async () => {
    const { broker, requests } = await setup({ fetch: 3, produce: 2 })
    await expect(produceToBroker(broker, produceRequest)).rejects.toBeInstanceOf(WireFault)
    expect(requests).toEqual([])
    await expect(fetchFromBroker(broker, fetchRequest)).rejects.toBeInstanceOf(WireFault)
  })

  it('refuse a fetch of nothing', async () => {
    const { broker } = await setup({ answer: () => Buffer.alloc(14) })
    await expect(fetchFromBroker(broker, { ...fetchRequest, topics: [] })).rejects.toBeInstanceOf(TypeError)
  })
})

describe('a plain kafkajs beside us', () => {
  it('keeps its own Fetch and Produce, errors thrown and records decoded by itself', async () => {
    registerProtocols()
    registerProtocols()
    const { broker } = await setup()
    const topics = [{ topic: 't', partitions: [{ partition: 4, fetchOffset: '0', maxBytes: 1_000 }] }]
    const theirs = { isolationLevel: 1, maxWaitTime: 10, minBytes: 1, maxBytes: 1_000, topics }
    await expect(broker.fetch(theirs)).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' })
    const topicData = [{ topic: 't', partitions: [{ partition: 4, firstSequence: 0, messages: [{ value: 'x' }] }] }]
    const produced = broker.produce({ acks: -1, timeout: 1_000, topicData })
    await expect(produced).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  it('loses the order of headers that our codec keeps, of the same bytes', async () => {
    const { broker } = await setup({ answer: (request) => answerTo(request, 0, 0) })
    const topics = [{ topic: 't', partitions: [{ partition: 4, fetchOffset: '0', maxBytes: 1_000 }] }]
    const theirs: unknown = await broker.fetch({
      isolationLevel: 1,
      maxWaitTime: 10,
      minBytes: 1,
      maxBytes: 1_000,
      topics,
    })
    const [answered] = readList(readList(theirs, 'responses')[0], 'partitions')
    const [message] = readList(answered, 'messages')
    expect(String(readField(message, 'value'))).toBe('hello')
    // By name: nobody can tell any more that the last header was an `a`.
    expect(Object.keys(Object(readField(message, 'headers')))).toEqual(['a', '__proto__'])

    const [partition] = (await fetchFromBroker(broker, fetchRequest)).partitions
    if (partition === undefined) throw new Error('no partition')
    expect(decodePartition(partition, 0n).records[0]?.headers).toEqual(headers)
  })
})
