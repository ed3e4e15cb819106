import { describe, expect, it } from 'vitest'
import { buildBatch } from '../log/test-support/build-batch.js'
import type { LogSetup } from '../log/test-support/setup-log.js'
import { closeConnection, noAnswer } from './answer.js'
import { createProduceHandler } from './produce.js'
import { inVersion, outcomeOf, setupRecords } from './test-support/setup-records.js'

interface Sent {
  acks?: number
  transactionalId?: string | null
  version?: number
  topic?: string
  partition?: number
}

function setup(o: LogSetup = {}) {
  const records = setupRecords(o)
  const handle = createProduceHandler(records)
  const send = (batch: Buffer | null, { acks = -1, transactionalId = null, version = 8, ...where }: Sent = {}) => {
    const { topic = 'orders', partition = 0 } = where
    const topicData = [{ name: topic, partitionData: [{ index: partition, records: batch }] }]
    return handle({ transactionalId, acks, timeoutMs: 30_000, topicData }, inVersion(version))
  }
  const sent = (batch: Buffer | null, where: Sent = {}) =>
    outcomeOf(send(batch, where)).body?.responses[0]?.partitionResponses[0]
  return { ...records, handle, send, sent }
}

const transactional = buildBatch({ producerId: 7n, producerEpoch: 2, transactional: true })

describe('Produce', () => {
  it('answers with base offset, log start and no append time', () => {
    const { sent, at } = setup()
    sent(buildBatch({ records: [{}, {}] }))
    at('orders', 0).log.deleteRecords(1n)
    expect(sent(buildBatch())).toEqual({
      index: 0,
      errorCode: 0,
      baseOffset: 2n,
      logAppendTimeMs: -1n,
      logStartOffset: 1n,
      recordErrors: [],
      errorMessage: null,
    })
  })

  it('answers with the time that the log set, on the broker’s clock', () => {
    expect(setup({ config: { timestampType: 'LogAppendTime' } }).sent(buildBatch())?.logAppendTimeMs).toBe(10_000n)
  })

  it.each([
    ['an unknown topic', buildBatch(), { topic: 'nowhere' }, 3],
    ['an unknown partition', buildBatch(), { partition: 9 }, 3],
    ['a negative partition', buildBatch(), { partition: -1 }, 3],
    ['acks of 2', buildBatch(), { acks: 2 }, 21],
    ['acks of -2', buildBatch(), { acks: -2 }, 21],
    ['acks of 2 for an unknown topic', buildBatch(), { acks: 2, topic: 'nowhere' }, 3],
    ['null records', null, {}, 87],
    ['no records', Buffer.alloc(0), {}, 87],
    ['two batches', Buffer.concat([buildBatch(), buildBatch()]), {}, 87],
    ['magic 1', buildBatch({ magic: 1 }), {}, 87],
    ['a time of more than an hour ahead', buildBatch({ records: [{ timestamp: 3_610_001 }] }), {}, 32],
    ['zstd from clients that do not know it', buildBatch({ codec: 'zstd' }), { version: 6 }, 76],
    ['transactional records without a transactional id', transactional, {}, 53],
  ])('refuses %s', (_what, batch, where, code) => {
    expect(setup().sent(batch, where)).toMatchObject({ errorCode: code, baseOffset: -1n, logAppendTimeMs: -1n })
  })

  it.each([
    ['acks of 1', buildBatch(), { acks: 1 }],
    ['zstd from clients that know it', buildBatch({ codec: 'zstd' }), { version: 7 }],
    ['a time of an hour ahead', buildBatch({ records: [{ timestamp: 3_610_000 }] }), {}],
    ['plain records with a transactional id', buildBatch(), { transactionalId: 'tx' }],
  ])('takes %s', (_what, batch, where) => {
    expect(setup().sent(batch, where)).toMatchObject({ errorCode: 0, baseOffset: 0n })
  })

  it('says which records are at fault, and why', () => {
    const { sent } = setup({ config: { cleanupPolicy: 'compact' } })
    expect(sent(buildBatch({ records: [{ key: 'k' }, {}] }))).toMatchObject({
      errorCode: 87,
      recordErrors: [
        {
          batchIndex: 1,
          batchIndexErrorMessage: 'Compacted topic cannot accept message without key in topic partition orders-0',
        },
      ],
      errorMessage: expect.stringContaining("[RecordError(batchIndex=1, message='Compacted topic cannot") as unknown,
    })
  })

  it('answers each partition for itself, in the order of the request', () => {
    const { handle, at } = setup()
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'orders',
          partitionData: [
            { index: 1, records: buildBatch() },
            { index: 5, records: buildBatch() },
            { index: 0, records: buildBatch({ magic: 1 }) },
          ],
        },
        { name: 'payments', partitionData: [{ index: 0, records: buildBatch() }] },
      ],
    }
    const body = outcomeOf(handle(request, inVersion(7))).body
    const codes = body?.responses.map(({ name, partitionResponses }) => [
      name,
      partitionResponses.map(({ index, errorCode }) => [index, errorCode]),
    ])
    expect(codes).toEqual([
      [
        'orders',
        [
          [1, 0],
          [5, 3],
          [0, 87],
        ],
      ],
      ['payments', [[0, 0]]],
    ])
    expect([at('orders', 1).log.endOffset, at('payments', 0).log.endOffset]).toEqual([1n, 1n])
  })

  it('takes the last batch of those for one partition, and answers once', () => {
    const { handle, at } = setup()
    const batches = [buildBatch({ records: [{}, {}] }), buildBatch({ records: [{}, {}, {}] })]
    const partitionData = batches.map((records) => ({ index: 0, records }))
    const topicData = [
      { name: 'orders', partitionData },
      { name: 'payments', partitionData: [{ index: 0, records: buildBatch() }] },
      { name: 'orders', partitionData: [{ index: 1, records: buildBatch() }] },
    ]
    const request = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
    const { body } = outcomeOf(handle(request, inVersion(7)))
    expect(body?.responses.map(({ name, partitionResponses }) => [name, partitionResponses.length])).toEqual([
      ['orders', 2],
      ['payments', 1],
    ])
    expect([at('orders', 0).log.endOffset, at('orders', 1).log.endOffset]).toEqual([3n, 1n])
  })

  it('never creates a topic', () => {
    const { sent, topics } = setup()
    sent(buildBatch(), { topic: 'nowhere' })
    expect(topics.partition('nowhere', 0)).toBeUndefined()
  })

  it('says nothing to a client that does not want to hear, and ends its connection on an error', () => {
    const { send, at } = setup()
    expect(send(buildBatch(), { acks: 0 })).toBe(noAnswer)
    expect(at('orders', 0).log.endOffset).toBe(1n)
    expect(send(buildBatch({ magic: 1 }), { acks: 0 })).toBe(closeConnection)
    expect(send(transactional, { acks: 0 })).toBe(closeConnection)
  })
})

describe('Produce of a transaction', () => {
  it('asks the coordinator whether the producer may write to this partition', () => {
    const { sent, verified } = setup()
    expect(sent(transactional, { transactionalId: 'tx', partition: 1 })?.errorCode).toBe(0)
    expect(verified).toEqual([['tx', 7n, 2, 'orders', 1]])
  })

  it('does not ask for plain batches, with a producer id or without', () => {
    const { sent, verified } = setup()
    sent(buildBatch({ producerId: 7n }), { transactionalId: 'tx' })
    sent(buildBatch(), { transactionalId: 'tx' })
    expect(verified).toEqual([])
  })

  it.each([
    [48, 'Partition was not added to the transaction'],
    [47, null],
    [51, null],
  ])('refuses with what the coordinator says: %i', (code, errorMessage) => {
    const { sent, verdict, at } = setup()
    verdict.code = code
    const result = sent(transactional, { transactionalId: 'tx' })
    expect(result).toMatchObject({ errorCode: code, baseOffset: -1n, logStartOffset: -1n, errorMessage })
    expect(at('orders', 0).log.endOffset).toBe(0n)
  })

  it('refuses a plain batch of a producer whose transaction is open in the partition', () => {
    const { sent } = setup()
    sent(transactional, { transactionalId: 'tx' })
    const plain = buildBatch({ producerId: 7n, producerEpoch: 2, baseSequence: 1 })
    expect(sent(plain, { transactionalId: 'tx' })?.errorCode).toBe(48)
  })
})
