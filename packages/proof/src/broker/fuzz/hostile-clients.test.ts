import { connect, type Socket } from 'node:net'
import { createVirtualClock, startBroker } from '@millrace/broker'
import { encodeRequest } from '@millrace/broker/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildBatch } from '../raw/build-batch.js'
import { heldBytes, mebibyte } from './heap.js'
import { openWitness } from './witness.js'

const header = { apiVersion: 11, correlationId: 7, clientId: 'hostile' }
const fetchAll = encodeRequest('Fetch', header, {
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 50 * mebibyte,
  topics: [{ topic: 'big', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 50 * mebibyte }] }],
})
const versions = encodeRequest('ApiVersions', { ...header, apiVersion: 0 }, {})

/** A broker with 8 MiB in a topic, and a client in good health. */
async function setup() {
  const clock = createVirtualClock()
  const broker = await startBroker({
    clock,
    topics: { big: { partitions: 1, config: { 'max.message.bytes': 10_000_000 } } },
  })
  onTestFinished(() => broker.stop())
  const ends: string[] = []
  broker.events.subscribe((event) => {
    if (event.kind === 'connection.closed') ends.push(event.reason)
  })
  const witness = openWitness(broker)
  const records = buildBatch({ records: [{ value: 'x'.repeat(8 * mebibyte) }] })
  const topicData = [{ name: 'big', partitionData: [{ index: 0, records }] }]
  const { responses } = await witness.ask('Produce', 7, {
    acks: -1,
    timeoutMs: 1_000,
    transactionalId: null,
    topicData,
  })
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  const open = async (): Promise<Socket> => {
    const socket = connect({ host: broker.host, port: broker.port })
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    return socket
  }
  return { broker, clock, witness, ends, open }
}

const isWell = async ({ ask }: ReturnType<typeof openWitness>): Promise<boolean> =>
  (await ask('ApiVersions', 0, {})).errorCode === 0

describe('a client that never reads', () => {
  it('costs one answer, however much it asks for, and its connection after a minute', async () => {
    const { broker, clock, witness, ends } = await setup()
    const before = await heldBytes()
    const socket = broker.socketFactory({ host: 'memory', port: 9092, onConnect: () => {} })
    socket.on('error', () => {})
    for (let asked = 0; asked < 500; asked += 1) socket.write(fetchAll)
    await clock.settle()
    expect((await heldBytes()) - before).toBeLessThan(12 * mebibyte)
    expect(await isWell(witness)).toBe(true)
    await clock.advance(60_000)
    expect(ends).toEqual(['stalled'])
    expect((await heldBytes()) - before).toBeLessThan(2 * mebibyte)
  })

  it('is the same over TCP, beside ten of its kind', async () => {
    const { clock, witness, ends, open } = await setup()
    const before = await heldBytes()
    const sockets = await Promise.all(Array.from({ length: 10 }, open))
    for (const socket of sockets) for (let asked = 0; asked < 50; asked += 1) socket.write(fetchAll)
    for (let times = 0; times < 20; times += 1) expect(await isWell(witness)).toBe(true)
    expect((await heldBytes()) - before).toBeLessThan(100 * mebibyte)
    await expect
      .poll(async () => {
        await clock.advance(60_000)
        return ends.filter((end) => end === 'stalled').length
      })
      .toBe(10)
    expect((await heldBytes()) - before).toBeLessThan(8 * mebibyte)
  })
})

describe('a thousand connections over TCP', () => {
  it('are all answered, byte by byte and in pieces, beside a thousand that promise the most and send little', async () => {
    const { broker, witness, open } = await setup()
    const before = await heldBytes()
    const promised = Buffer.alloc(4)
    promised.writeInt32BE(100 * mebibyte)
    const idle = await Promise.all(Array.from({ length: 500 }, open))
    for (const socket of idle) {
      socket.write(promised)
      socket.write(versions)
    }
    const patient = await Promise.all(Array.from({ length: 500 }, open))
    const answered = patient.map(
      (socket) =>
        new Promise<number>((resolve) => socket.once('data', (bytes: Buffer) => resolve(bytes.readInt32BE(4)))),
    )
    for (let at = 0; at < versions.length; at += 1) {
      for (const [index, socket] of patient.entries()) {
        const step = 1 + (index % 7)
        if (at % step === 0) socket.write(versions.subarray(at, at + step))
      }
      expect(await isWell(witness)).toBe(true)
    }
    expect(await Promise.all(answered)).toEqual(patient.map(() => 7))
    expect(broker.inspect.connections.length).toBe(1_001)
    expect((await heldBytes()) - before).toBeLessThan(96 * mebibyte)
  }, 60_000)
})

describe('a frame of the largest size', () => {
  it('full of the smallest elements ends its connection and not the process', async () => {
    const { witness, broker, clock, ends } = await setup()
    const size = 100 * mebibyte
    const frame = Buffer.alloc(size)
    const before = await heldBytes()
    encodeRequest('Metadata', { ...header, apiVersion: 1 }, { topics: [] }).copy(frame)
    frame.writeInt32BE(size - 4, 0)
    const countAt = 4 + 2 + 2 + 4 + 2 + 'hostile'.length
    frame.writeInt32BE((size - countAt - 4) >> 1, countAt)
    const socket = broker.socketFactory({ host: 'memory', port: 9092, onConnect: () => {} })
    socket.on('error', () => {})
    socket.on('data', () => {})
    for (let at = 0; at < size; at += mebibyte) socket.write(frame.subarray(at, at + mebibyte))
    await clock.settle()
    expect(await isWell(witness)).toBe(true)
    expect(ends).toEqual(['protocol'])
    socket.destroy()
    await clock.settle()
    expect((await heldBytes()) - before).toBeLessThan(16 * mebibyte)
  }, 60_000)
})
