import type { ProbeRecord } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { placeOf } from '../stage/place.js'
import { createDiary } from './diary.js'
import type { Evidence } from './evidence.js'
import { judge, type Run } from './judge.js'
import type { Fate } from './order-book.js'

const record = (offset: bigint, key: string | null, headers: Record<string, string> = {}): ProbeRecord => ({
  partition: 0,
  offset,
  timestamp: 0n,
  timestampType: 'CreateTime',
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from('{}'),
  headers: Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]),
})

interface Changes {
  readonly billed?: readonly bigint[]
  readonly retried?: readonly bigint[]
  readonly dead?: readonly bigint[]
  readonly lag?: bigint
  readonly committed?: bigint
  readonly unaccounted?: number
  readonly how?: number | string
  readonly records?: readonly ProbeRecord[]
  readonly headers?: Record<string, string>
  /** The value of every dead letter. */
  readonly bytes?: string
}

function letterOf(offset: bigint, records: readonly ProbeRecord[], { headers, bytes }: Changes): ProbeRecord {
  const original = records.find((one) => one.offset === offset) ?? record(offset, null)
  const ours = { error: 'no', 'source-topic': 'orders.v1', 'source-partition': '0', 'source-offset': String(offset) }
  const letter = record(0n, original.key?.toString() ?? null, headers ?? ours)
  return bytes === undefined ? letter : { ...letter, value: Buffer.from(bytes) }
}

/** Four orders, one garbage and one hostile record: all is well, but for the changes. */
function run(changes: Changes = {}): Run {
  const { billed = [0n, 1n, 2n, 1n], retried = [2n], dead = [3n, 4n, 5n], lag = 0n, committed = 1n } = changes
  const fates = new Map<string, Fate>([
    ['a', 'fine'],
    ['b', 'fine'],
    ['c', 'fails once'],
    ['d', 'always fails'],
  ])
  const {
    records = [
      ...[...fates.keys()].map((key, at) => record(BigInt(at), key)),
      record(4n, null),
      record(5n, '__proto__'),
    ],
  } = changes
  const diary = createDiary('orders.v1')
  for (const offset of billed) {
    const fields = { topic: 'orders.v1', partition: 0, offset: Number(offset) }
    diary.add({ service: 'w', msg: 'order billed', fields })
  }
  const attempt = (offset: bigint, count: number, name = 'process orders.v1') => {
    const place = { 'messaging.destination.partition.id': '0', 'kafka.offset': Number(offset) }
    diary.add({ service: 'w', msg: 'span', fields: { name, attributes: { ...place, 'millrace.attempt': count } } })
  }
  for (const offset of billed) attempt(offset, 1)
  for (const offset of retried) attempt(offset, 2)
  attempt(0n, 2, 'process orders.dlq.v1')
  const evidence: Evidence = {
    records: new Map(records.map((one) => [placeOf(0, one.offset), one])),
    deadLetters: dead.map((offset) => ({ source: placeOf(0, offset), record: letterOf(offset, records, changes) })),
    lags: new Map([['orders-workers', lag]]),
  }
  const endings = [{ name: 'worker-2', how: changes.how ?? 0 }]
  const committedAtKill = new Map([[0, committed]])
  const topic = 'orders.v1'
  return {
    topic,
    evidence,
    diary,
    fates,
    garbage: 1,
    hostile: 1,
    committedAtKill,
    unaccounted: changes.unaccounted ?? 0,
    endings,
  }
}

describe('judge', () => {
  it('finds nothing wrong where everything is as it should be', () => {
    const verdicts = judge(run())
    expect(verdicts.map(({ problem }) => problem)).toEqual(verdicts.map(() => undefined))
    expect(verdicts.map(({ what, found }) => [what, found])).toEqual([
      ['sent', 6],
      ['processed', 3],
      ['retried', 1],
      ['dead-lettered', 3],
      ['byte-identical', 3],
      ['lag', 0],
      ['conservation', 0],
      ['worker-2 ends', 0],
    ])
  })

  it.each<[string, Changes, string]>([
    ['a record that nobody handled', { billed: [0n, 2n] }, 'processed'],
    ['a loss that a duplicate hides in the count', { billed: [0n, 2n, 2n] }, 'processed'],
    ['a record that was processed though it can not be', { billed: [0n, 1n, 2n, 3n] }, 'processed'],
    ['a record that was processed twice though it was committed', { committed: 2n }, 'processed'],
    ['an order that fails once and was not retried', { retried: [] }, 'retried'],
    ['a missing dead letter', { dead: [3n, 4n] }, 'dead-lettered'],
    ['a dead letter of an order that is fine', { dead: [3n, 4n, 0n] }, 'dead-lettered'],
    ['a dead letter that does not say why', { headers: {} }, 'dead-lettered'],
    ['a dead letter with other bytes than its record', { bytes: '[]' }, 'byte-identical'],
    ['a record too few in the topic', { records: [record(0n, 'a')] }, 'sent'],
    ['a group that is not at the end', { lag: 1n }, 'lag'],
    ['a ledger that does not balance', { unaccounted: 1 }, 'conservation'],
    ['a worker that was killed because it did not end', { how: 'SIGKILL' }, 'worker-2 ends'],
  ])('finds %s', (_case, changes, what) => {
    expect(judge(run(changes)).find((one) => one.what === what)?.problem).toBeDefined()
  })

  it('allows what a kill repeats: handled and not committed', () => {
    expect(judge(run({ committed: 1n, billed: [0n, 1n, 2n, 1n, 2n] }))[1]).toMatchObject({
      note: '2 of them twice, after the kill',
      problem: undefined,
    })
  })
})
