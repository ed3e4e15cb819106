import { writeFile } from 'node:fs/promises'
import { silentLogger } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, describe, expect, test } from 'vitest'
import { openSender } from '../produce/open-sender.js'
import { openTestClient } from '../produce/test-support/test-client.js'
import { compressionIds } from './compression.js'
import { decodePartition } from './decode-partition.js'
import { openLogReader } from './test-support/fetch-log.js'
import { contentsOf, expectedOfJava, javaCodecs, javaRecords } from './test-support/java-records.js'
import { values } from './test-support/wire-fixtures.js'

/** Set to keep what Java writes here as the fixtures of the unit tests. */
const isWritingFixtures = process.env['MILLRACE_WRITE_FIXTURES'] !== undefined
const codecOf = (log: Buffer | null): number => (log?.readInt16BE(21) ?? 0) & 7

describeWithBroker('batches of our codec and of Java', ({ bootstrap, admin, probe }) => {
  const reader = openLogReader(bootstrap)
  afterAll(() => reader.close())

  const newTopic = async (): Promise<string> => {
    const topic = uniqueName('codecs')
    await admin.createTopic(topic)
    return topic
  }

  describe.each(['none', ...javaCodecs] as const)('%s', (compression) => {
    test('we read what Java writes, byte for byte', async () => {
      const topic = await newTopic()
      await probe.produce(topic, javaRecords, { compression, properties: { 'batch.size': '1000000' } })
      const answer = await reader.fetch(topic, 0n)
      expect(codecOf(answer.records)).toBe(compressionIds[compression])
      const { records, nextOffset, fault } = decodePartition(answer, 0n)
      expect(fault).toBeUndefined()
      expect(contentsOf(records)).toEqual(expectedOfJava)
      expect(nextOffset).toBe(BigInt(javaRecords.length))
      if (isWritingFixtures && compression !== 'none' && answer.records !== null) {
        await writeFile(new URL(`test-support/fixtures/java-${compression}.bin`, import.meta.url), answer.records)
      }
    })

    test('Java reads what we write, byte for byte', async () => {
      const topic = await newTopic()
      const openClient = () => openTestClient(bootstrap)
      const sender = await openSender({ openClient, logger: silentLogger }, { compression, maxBatchBytes: 1_000_000 })
      try {
        await Promise.all(
          expectedOfJava.map(({ headers, timestamp = 0, ...record }) =>
            sender.send({
              ...{ ...record, topic, partition: 0, timestamp },
              headers: headers.map(([name, value]) => [name ?? Buffer.alloc(0), value ?? null]),
            }),
          ),
        )
      } finally {
        await sender.close()
      }
      expect(codecOf((await reader.fetch(topic, 0n)).records)).toBe(compressionIds[compression])
      const stored = await probe.read(topic)
      expect(
        stored.map(({ timestamp, key, value, headers }) => ({ timestamp: Number(timestamp), key, value, headers })),
      ).toEqual(expectedOfJava)
    })
  })

  test('of transactions that overlap we see what Java does, from every offset', async () => {
    const topic = await newTopic()
    const names = 'abcde'.split('')
    const steps = [
      ...names.map((name) => [name, 'open'] as const),
      ['c', 'abort'],
      ['a', 'open'],
      ['b', 'commit'],
      ['b', 'open'],
      ['c', 'open'],
      ['e', 'abort'],
      ['d', 'abort'],
      ['plain', 'open'],
      ['c', 'commit'],
      ['b', 'abort'],
      ['a', 'abort'],
    ] as const
    const ids = new Map(names.map((name) => [name, uniqueName(name)]))
    for (const [index, [name, outcome]] of steps.entries()) {
      const records = [0, 1].map((each) => ({ partition: 0, key: Buffer.alloc(4), value: `${name}${index}.${each}` }))
      const id = ids.get(name)
      await probe.produce(topic, records, id === undefined ? {} : { transaction: { id, outcome } })
    }
    // Markers are written after the outcome was answered: the last one is there when what stands behind it can be read.
    await probe.produce(topic, [{ partition: 0, value: 'last' }])
    await expect.poll(async () => String((await probe.read(topic)).at(-1)?.value)).toBe('last')
    const committed = await probe.read(topic)
    const all = await probe.read(topic, { isolation: 'read_uncommitted' })
    expect(committed.length).toBeLessThan(all.length)
    const { nextOffset: end } = decodePartition(await reader.fetch(topic, 0n), 0n)
    for (let from = 0n; from < end; from += 1n) {
      const answer = await reader.fetch(topic, from)
      const { records, fault, nextOffset } = decodePartition(answer, from)
      expect({ fault, nextOffset, values: values(records) }).toEqual({
        fault: undefined,
        nextOffset: end,
        values: committed.filter(({ offset }) => offset >= from).map(({ value }) => String(value)),
      })
    }
    if (isWritingFixtures) {
      const { records, abortedTransactions } = await reader.fetch(topic, 0n)
      const fixture = {
        aborted: abortedTransactions.map((one) => [`${one.producerId}`, `${one.firstOffset}`]),
        visible: committed.map(({ offset, value }) => [`${offset}`, String(value)]),
        nextOffset: `${end}`,
        log: records?.toString('base64'),
      }
      const file = new URL('test-support/fixtures/java-transactions.json', import.meta.url)
      await writeFile(file, `${JSON.stringify(fixture, null, 2)}\n`)
    }
  })
})
