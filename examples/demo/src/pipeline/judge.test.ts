import type { ProbeRecord } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import type { PipelineEvidence, SinkName } from './evidence.js'
import { judgePipeline, type PipelineRun } from './judge.js'
import { streamOrders } from './order-stream.js'

const sent = streamOrders(200)
const good = sent.filter(({ invoice }) => invoice !== undefined)
const [firstGood, secondGood] = [good[0] ?? expect.fail(), good[1] ?? expect.fail()]
const topics = { orders: 'orders', invoices: 'invoices', ledger: 'ledger', deadLetters: 'dead' }

const record = (offset: number, key: string, value: string | Uint8Array, headers = {}): ProbeRecord => ({
  ...{ partition: 0, offset: BigInt(offset), timestamp: 1n, timestampType: 'CreateTime' },
  ...{ key: Buffer.from(key), value: Buffer.from(value) },
  headers: Object.entries<string>(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
})
/** Everything in one partition, a marker behind each record. */
const records = (values: readonly { readonly key: string; readonly value: unknown }[]): readonly ProbeRecord[] =>
  values.map(({ key, value }, index) => record(index * 2, key, JSON.stringify(value)))

const orders = sent.map(({ record: { key, value } }, index) => record(index, key, value ?? ''))
const letterOf = (offset: number): ProbeRecord => {
  const original = orders[offset] ?? expect.fail()
  const source = { 'source-topic': 'orders', 'source-partition': '0', 'source-offset': String(offset), error: 'no' }
  return { ...original, headers: record(0, '', '', source).headers }
}
const poison = sent.flatMap(({ invoice }, index) => (invoice === undefined ? [index] : []))

type Sinks = Readonly<Record<SinkName, readonly ProbeRecord[]>>
const clean: Sinks = {
  invoices: records(good.map(({ record: { key }, invoice }) => ({ key, value: invoice }))),
  ledger: records(good.flatMap(({ record: { key }, entries }) => entries.map((value) => ({ key, value })))),
  deadLetters: poison.map((offset, index) => ({ ...letterOf(offset), offset: BigInt(index) })),
}

interface Seed {
  /** Seen by everybody. */
  readonly sinks?: Partial<Sinks>
  readonly evidence?: Partial<PipelineEvidence>
  readonly run?: Partial<PipelineRun>
}

/** 200 orders of which all is well, but for the seed. */
function judged({ sinks = {}, evidence = {}, run = {} }: Seed) {
  const committed = { ...clean, ...sinks }
  return judgePipeline({
    ...{ topics, sent, held: 1, unaccounted: 0, endings: [{ name: 'pipe-2', how: 0 }] },
    books: { complete: good.length, open: 0, wrong: 0 },
    evidence: {
      ...{ orders, committed, beside: committed },
      uncommitted: { ...committed, invoices: [...committed.invoices, record(9_999, 'customer-1', 'aborted')] },
      ends: [{ topic: 'invoices', partition: 0, lastStable: 8n, end: 8n }],
      transactions: [
        { transactionalId: 'g-one', state: 'CompleteCommit', coordinator: 1, timeoutMs: 1, partitions: 0 },
      ],
      lags: new Map([['invoicing', 0n]]),
      ...evidence,
    },
    ...run,
  })
}

const wrongIn = (seed: Seed): readonly string[] =>
  judged(seed).flatMap(({ what, problem }) => (problem === undefined ? [] : [what]))
const swapped = (list: readonly ProbeRecord[], one: number, other: number): readonly ProbeRecord[] => {
  const [a, b] = [list[one] ?? expect.fail(), list[other] ?? expect.fail()]
  return list.with(one, { ...b, offset: a.offset }).with(other, { ...a, offset: b.offset })
}
const sameKey = clean.invoices.findIndex(({ key }, at) => at > 0 && key?.toString() === firstGood.record.key)

describe('judgePipeline', () => {
  it('finds nothing wrong where everything is as it should be', () => {
    expect(judged({}).map(({ what, found, problem }) => [what, found, problem])).toEqual([
      ['orders', 200, undefined],
      ['invoices', 199, undefined],
      ['ledger', good.reduce((sum, { entries }) => sum + entries.length, 0), undefined],
      ['dead letters', 1, undefined],
      ['seen beside', clean.invoices.length + clean.ledger.length + 1, undefined],
      ['books', 199, undefined],
      ['aborted', 1, undefined],
      ['open', 0, undefined],
      ['lag', 0, undefined],
      ['conservation', 0, undefined],
      ['pipe-2 ends', 0, undefined],
    ])
  })

  it.each<[string, Seed, string]>([
    ['a lost invoice', { sinks: { invoices: clean.invoices.slice(1) } }, 'invoices'],
    [
      'an invoice twice',
      {
        sinks: { invoices: [...clean.invoices, record(900, firstGood.record.key, JSON.stringify(firstGood.invoice))] },
      },
      'invoices',
    ],
    [
      'a loss that a duplicate makes up for in the count',
      {
        sinks: {
          invoices: clean.invoices.with(0, record(0, secondGood.record.key, JSON.stringify(secondGood.invoice))),
        },
      },
      'invoices',
    ],
    [
      'two invoices of one customer that changed places',
      { sinks: { invoices: swapped(clean.invoices, 0, sameKey) } },
      'invoices',
    ],
    ['a lost ledger entry', { sinks: { ledger: clean.ledger.toSpliced(5, 1) } }, 'ledger'],
    ['two entries of one order that changed places', { sinks: { ledger: swapped(clean.ledger, 0, 1) } }, 'ledger'],
    ['an order too few', { evidence: { orders: orders.slice(0, -1) } }, 'orders'],
    ['a missing dead letter', { sinks: { deadLetters: [] } }, 'dead letters'],
    [
      'a dead letter of an order that is fine',
      { sinks: { deadLetters: [...clean.deadLetters, { ...letterOf(0), offset: 9n }] } },
      'dead letters',
    ],
    [
      'a dead letter twice',
      { sinks: { deadLetters: [...clean.deadLetters, ...clean.deadLetters.map((one) => ({ ...one, offset: 9n }))] } },
      'dead letters',
    ],
    [
      'a dead letter with other bytes',
      { sinks: { deadLetters: clean.deadLetters.map((one) => ({ ...one, value: Buffer.from('x') })) } },
      'dead letters',
    ],
    [
      'a record that was taken back from a reader',
      { evidence: { beside: { ...clean, ledger: [...clean.ledger, record(901, 'customer-1', '{}')] } } },
      'seen beside',
    ],
    [
      'a reader that missed a record',
      { evidence: { beside: { ...clean, invoices: clean.invoices.slice(1) } } },
      'seen beside',
    ],
    [
      'a record that only the careful reader has',
      { evidence: { uncommitted: { ...clean, ledger: clean.ledger.slice(1) } } },
      'aborted',
    ],
    ['records of the killed transaction that became visible', { run: { held: 2 } }, 'aborted'],
    ['books with an order that is not complete', { run: { books: { complete: 198, open: 1, wrong: 0 } } }, 'books'],
    ['books with an order that is wrong', { run: { books: { complete: 199, open: 0, wrong: 1 } } }, 'books'],
    [
      'a transaction that hangs',
      {
        evidence: {
          transactions: [{ transactionalId: 'g-one', state: 'Ongoing', coordinator: 1, timeoutMs: 1, partitions: 1 }],
        },
      },
      'open',
    ],
    [
      'a reader that is held up',
      { evidence: { ends: [{ topic: 'invoices', partition: 0, lastStable: 7n, end: 8n }] } },
      'open',
    ],
    ['no transaction at all', { evidence: { transactions: [] } }, 'open'],
    ['a group that is not at the end', { evidence: { lags: new Map([['invoicing', 1n]]) } }, 'lag'],
    ['a ledger that does not balance', { run: { unaccounted: 1 } }, 'conservation'],
    ['a worker that did not end by itself', { run: { endings: [{ name: 'pipe-2', how: 'SIGKILL' }] } }, 'pipe-2 ends'],
  ])('catches %s, and only that', (_seed, seed, what) => {
    expect(wrongIn(seed)).toEqual([what])
  })
})

it('streams 2,000 orders of which 12 are poison, of every kind, and several of every customer', () => {
  const stream = streamOrders(2_000)
  const poisonous = stream.filter(({ invoice }) => invoice === undefined).map(({ record: { value } }) => value)
  const isText = (value: unknown): value is string => typeof value === 'string'
  const broken = poisonous.filter(isText).filter((value) => JSON.parse(value).netCents < 0)
  expect([poisonous.length, poisonous.filter(isText).length, broken.length]).toEqual([12, 8, 4])
  expect(new Set(stream.map(({ record: { key } }) => key)).size).toBe(48)
})
