import { describe, expect, it } from 'vitest'
import { createDeleteRecordsHandler } from './delete-records.js'
import { inVersion, outcomeOf, setupRecords } from './test-support/setup-records.js'

function setup() {
  const records = setupRecords()
  const { log, append } = records.at('orders', 0)
  append({ records: [{}, {}, {}] })
  log.deleteRecords(1n)
  const handle = createDeleteRecordsHandler(records)
  const remove = (name: string, partitionIndex: number, offset: bigint) => {
    const topics = [{ name, partitions: [{ partitionIndex, offset }] }]
    return outcomeOf(handle({ topics, timeoutMs: 1000 }, inVersion(1))).body?.topics[0]?.partitions[0]
  }
  return { log, remove }
}

describe('DeleteRecords', () => {
  it.each([
    ['moves the start', 2n, 0, 2n],
    ['moves the start to the end for -1', -1n, 0, 3n],
    ['answers the start where it is further already', 0n, 0, 1n],
    ['refuses what is beyond the end', 4n, 1, -1n],
    ['refuses negative offsets', -2n, 1, -1n],
  ])('%s', (_behaviour, offset, errorCode, lowWatermark) => {
    const { log, remove } = setup()
    expect(remove('orders', 0, offset)).toEqual({ partitionIndex: 0, errorCode, lowWatermark })
    expect(log.startOffset).toBe(lowWatermark < 0n ? 1n : lowWatermark)
  })

  it.each([
    ['nowhere', 0],
    ['orders', 9],
  ])('does not know %s/%i', (topic, partition) => {
    expect(setup().remove(topic, partition, 1n)).toEqual({ partitionIndex: partition, errorCode: 3, lowWatermark: -1n })
  })
})
