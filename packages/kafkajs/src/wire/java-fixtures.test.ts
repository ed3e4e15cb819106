import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { compressionIds } from './compression.js'
import { decodePartition } from './decode-partition.js'
import { contentsOf, expectedOfJava, javaCodecs } from './test-support/java-records.js'
import { fetched, values } from './test-support/wire-fixtures.js'

const fixture = (name: string): Buffer => readFileSync(new URL(`test-support/fixtures/${name}`, import.meta.url))

describe('batches that Java wrote', () => {
  it.each(javaCodecs)('are read byte for byte: %s', (codec) => {
    const log = fixture(`java-${codec}.bin`)
    expect(log.readInt16BE(21) & 7).toBe(compressionIds[codec])
    const { records, nextOffset, fault } = decodePartition(fetched([log]), 0n)
    expect(fault).toBeUndefined()
    expect(contentsOf(records)).toEqual(expectedOfJava)
    expect(nextOffset).toBe(BigInt(expectedOfJava.length))
  })

  it('are read as kafkajs reads them, where it reads them right', async () => {
    const load = createRequire(import.meta.url)
    const Decoder = load('kafkajs/src/protocol/decoder.js')
    const decodeTheirs = load('kafkajs/src/protocol/recordBatch/v0/decoder.js')
    const log = fixture('java-gzip.bin')
    const { records: theirs } = await decodeTheirs(new Decoder(log))
    const ours = decodePartition(fetched([log]), 0n).records
    expect(ours).toHaveLength(theirs.length)
    for (const [index, { key, value, timestamp, offsetDelta, headers }] of ours.entries()) {
      const one = { key, value, timestamp: String(timestamp), offset: String(offsetDelta) }
      expect(theirs[index]).toMatchObject(headers.length === 0 ? { ...one, headers: {} } : one)
    }
  })

  it('of transactions that overlap show what Java shows, from every offset', () => {
    const {
      log,
      aborted,
      visible,
      nextOffset,
    }: Record<'log' | 'nextOffset', string> & Record<'aborted' | 'visible', [string, string][]> = JSON.parse(
      fixture('java-transactions.json').toString(),
    )
    const abortedTransactions = aborted.map(([producerId, firstOffset]) => ({
      producerId: BigInt(producerId),
      firstOffset: BigInt(firstOffset),
    }))
    const answer = fetched([Buffer.from(log, 'base64')], { abortedTransactions })
    expect(visible.length).toBeGreaterThan(5)
    for (let from = 0n; from < BigInt(nextOffset); from += 1n) {
      const { records, ...decoded } = decodePartition(answer, from)
      expect(decoded).toMatchObject({ nextOffset: BigInt(nextOffset) })
      expect(values(records)).toEqual(visible.filter(([offset]) => BigInt(offset) >= from).map(([, value]) => value))
    }
  })
})
