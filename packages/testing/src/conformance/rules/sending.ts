import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { DeliveryReport } from '@millrace/core'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { awkwardHeaders, everyByte, shown } from './bytes.js'
import { numbers } from './numbered.js'
import { plain, valuesOf } from './outgoing.js'

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const refusals = ['MILLRACE_PRODUCE_REFUSED', 'MILLRACE_PRODUCE_TOO_LARGE']
const assertRefused = (outcome: string, what: string): void =>
  assert.ok(refusals.includes(outcome), `${what} ended as: ${outcome}`)

export const sendingRules: readonly ConformanceRule[] = [
  {
    id: 'acknowledged-is-stored',
    name: 'a record whose send has resolved is in the topic, once, at the partition and offset that were reported',
    async run(rig) {
      const topic = await rig.topic({ partitions: 3 })
      const sender = await rig.sender()
      const reports = new Map<string, DeliveryReport>()
      for (const value of numbers(3)) reports.set(value, await sender.send(plain(topic, value)))
      const sends = numbers(200, 3).map(async (value) => reports.set(value, await sender.send(plain(topic, value))))
      await Promise.all(sends)
      const stored = await rig.cluster.read(topic)
      assert.equal(stored.length, 203)
      for (const { value, partition, offset } of stored) {
        const report = reports.get(String(value))
        assert.deepEqual([report?.topic, report?.partition, report?.offset], [topic, partition, offset])
      }
    },
  },
  {
    id: 'sent-bytes-are-exact',
    name: 'keys and values are stored byte for byte: null, empty, any bytes',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender()
      const all = [null, Buffer.alloc(0), everyByte].flatMap((key) =>
        [null, Buffer.alloc(0), everyByte, Buffer.alloc(200_000, 5)].map((value) => ({ key, value })),
      )
      await Promise.all(all.map((record) => sender.send({ topic, partition: 0, ...record })))
      const stored = await rig.cluster.read(topic)
      assert.deepEqual(
        stored.map(({ key, value }) => [shown(key), shown(value)]),
        all.map(({ key, value }) => [shown(key), shown(value)]),
      )
    },
  },
  {
    id: 'sent-headers-are-exact',
    name: 'headers are stored byte for byte and in their order',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender()
      for (const headers of awkwardHeaders) await sender.send({ ...plain(topic, 'x', 0), headers })
      const stored = await rig.cluster.read(topic)
      assert.deepEqual(
        stored.map(({ headers }) => headers),
        awkwardHeaders,
      )
    },
  },
  {
    id: 'header-names-of-any-bytes-travel',
    name: 'a header name that is not UTF-8 goes out and comes back byte for byte',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender()
      const headers = [[everyByte, Buffer.from('x')] as const]
      await sender.send({ ...plain(topic, 'x', 0), headers })
      const log = await rig.join(topic)
      await rig.until('the record', () => log.records().length > 0)
      assert.deepEqual(log.records()[0]?.record.headers, headers)
    },
  },
  {
    id: 'sent-timestamps-are-exact',
    name: 'a timestamp that is given is stored, and without one the time of sending; what is stored is reported',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender()
      const before = Date.now()
      const reported: number[] = []
      for (const timestamp of [0, 1_700_000_000_123, 5]) {
        reported.push((await sender.send({ ...plain(topic, 'x', 0), timestamp })).timestamp)
      }
      reported.push((await sender.send(plain(topic, 'x', 0))).timestamp)
      const stored = (await rig.cluster.read(topic)).map(({ timestamp }) => timestamp)
      assert.deepEqual(reported, stored)
      const [first, second, third, own] = stored
      assert.deepEqual([first, second, third], [0, 1_700_000_000_123, 5])
      assert.ok(own !== undefined && own >= before - 1000 && own <= Date.now() + 1000, `${own} is not now`)
    },
  },
  {
    id: 'send-order-is-kept',
    name: 'records of one partition are stored in the order of their send calls, however many are under way',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const sender = await rig.sender({ maxBatchBytes: 2000 })
      await Promise.all(numbers(600).map((value) => sender.send(plain(topic, value, Number(value) % 2))))
      const stored = await rig.cluster.read(topic)
      for (const partition of [0, 1]) {
        assert.deepEqual(
          valuesOf(stored.filter((one) => one.partition === partition)),
          numbers(600).filter((value) => Number(value) % 2 === partition),
        )
      }
    },
  },
  {
    id: 'an-explicit-partition-is-honoured',
    name: 'a record that names its partition goes there, whatever its key',
    async run(rig) {
      const topic = await rig.topic({ partitions: 4 })
      const sender = await rig.sender()
      const key = Buffer.from('one key')
      const reports = await Promise.all(
        [3, 1, 2, 0].map((partition) => sender.send({ ...plain(topic, String(partition), partition), key })),
      )
      assert.deepEqual(
        reports.map(({ partition }) => partition),
        [3, 1, 2, 0],
      )
      const stored = await rig.cluster.read(topic)
      for (const { partition, value } of stored) assert.equal(String(partition), String(value))
    },
  },
  {
    id: 'a-key-decides-as-in-java',
    name: 'without a partition the key decides by murmur2, as in Kafka’s own client',
    async run(rig) {
      const topic = await rig.topic({ partitions: 7 })
      const sender = await rig.sender()
      // The hashes of Kafka's own UtilsTest.testMurmur2.
      const hashes = { '21': -973932308, foobar: -790332482, abc: 479470107, 'a-little-bit-long-string': -985981536 }
      for (const [key, hash] of Object.entries(hashes)) {
        const { partition } = await sender.send({ ...plain(topic, 'x'), key: Buffer.from(key) })
        assert.equal(partition, (hash & 0x7fffffff) % 7, `the partition of the key ${key}`)
      }
    },
  },
  {
    id: 'an-unknown-partition-is-refused',
    name: 'a record for a partition that does not exist rejects with MILLRACE_PRODUCE_RECORD_INVALID and is stored nowhere',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const sender = await rig.sender()
      assert.equal(await outcomeOf(sender.send(plain(topic, 'x', 2))), 'MILLRACE_PRODUCE_RECORD_INVALID')
      await sender.send(plain(topic, 'y', 1))
      assert.deepEqual(valuesOf(await rig.cluster.read(topic)), ['y'])
    },
  },
  {
    id: 'an-unknown-topic-is-refused',
    name: 'a record for a topic that does not exist rejects with MILLRACE_PRODUCE_REFUSED, and the topic is not created',
    async run(rig) {
      const topic = rig.uniqueName('nowhere')
      const sender = await rig.sender()
      assert.equal(await outcomeOf(sender.send(plain(topic, 'x'))), 'MILLRACE_PRODUCE_REFUSED')
      assert.ok(!(await rig.cluster.topicNames()).includes(topic), 'sending has created the topic')
    },
  },
  {
    id: 'too-large-is-refused-alone',
    name: `a record larger than its topic takes rejects with ${refusals.join(' or ')}, and its neighbours are sent`,
    async run(rig) {
      const topic = await rig.topic({ maxMessageBytes: 3000 })
      const sender = await rig.sender()
      const records = [plain(topic, 'a', 0), { ...plain(topic, '', 0), value: randomBytes(5000) }, plain(topic, 'b', 0)]
      const outcomes = await Promise.all(records.map((record) => outcomeOf(sender.send(record))))
      assertRefused(outcomes[1] ?? 'nothing', 'the large record')
      assert.deepEqual([outcomes[0], outcomes[2]], ['resolved', 'resolved'])
      assert.deepEqual(valuesOf(await rig.cluster.read(topic)), ['a', 'b'])
    },
  },
  {
    id: 'flush-waits-for-all',
    name: 'when flush has resolved, everything that was sent before it is stored',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender({ lingerMs: 200 })
      const sends = numbers(50).map((value) => outcomeOf(sender.send(plain(topic, value, 0))))
      await sender.flush()
      assert.equal((await rig.cluster.read(topic)).length, 50)
      assert.deepEqual([...new Set(await Promise.all(sends))], ['resolved'])
    },
  },
  {
    id: 'close-sends-what-waits',
    name: 'close sends what waits before it closes, and may be called again',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender({ lingerMs: 200 })
      const sends = numbers(20).map((value) => outcomeOf(sender.send(plain(topic, value, 0))))
      assert.deepEqual(await Promise.all([outcomeOf(sender.close()), outcomeOf(sender.close())]), [
        'resolved',
        'resolved',
      ])
      assert.deepEqual([...new Set(await Promise.all(sends))], ['resolved'])
      assert.equal((await rig.cluster.read(topic)).length, 20)
    },
  },
  {
    id: 'a-closed-sender-refuses',
    name: 'send after close rejects with MILLRACE_PRODUCE_CLOSED',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender()
      await sender.close()
      assert.equal(await outcomeOf(sender.send(plain(topic, 'x', 0))), 'MILLRACE_PRODUCE_CLOSED')
      assert.deepEqual(await rig.cluster.read(topic), [])
    },
  },
  {
    id: 'an-aborted-send-stores-nothing',
    name: 'a send whose signal has aborted before rejects with the reason of the signal, and stores nothing',
    async run(rig) {
      const topic = await rig.topic()
      const sender = await rig.sender()
      const reason = new Error('enough')
      await assert.rejects(sender.send(plain(topic, 'x', 0), AbortSignal.abort(reason)), (error) => error === reason)
      await sender.send(plain(topic, 'y', 0))
      assert.deepEqual(valuesOf(await rig.cluster.read(topic)), ['y'])
    },
  },
  {
    id: 'every-compression-is-stored',
    name: 'what is sent with each compression of SenderOptions is what an independent reader reads',
    async run(rig) {
      const topic = await rig.topic()
      for (const compression of compressions) {
        const sender = await rig.sender({ compression })
        await Promise.all(numbers(20).map((value) => sender.send(plain(topic, `${compression} ${value}`, 0))))
      }
      assert.deepEqual(
        valuesOf(await rig.cluster.read(topic)),
        compressions.flatMap((compression) => numbers(20).map((value) => `${compression} ${value}`)),
      )
    },
  },
]
