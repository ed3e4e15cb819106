import { describe, expect, it } from 'vitest'
import { bytes } from '../declare/serdes/bytes.js'
import { json } from '../declare/serdes/json.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { createProducer } from './producer.js'
import type { OutgoingRecord, Sender } from './sender.js'

function setup() {
  const sent: OutgoingRecord[] = []
  const sender: Sender = {
    async send(record) {
      sent.push(record)
      return { topic: record.topic, partition: 2, offset: 7n, timestamp: 5 }
    },
    flush: async () => undefined,
    close: async () => undefined,
  }
  return { sent, sender }
}

describe('a producer', () => {
  it('encodes key and value with the serdes of its topic and sends under the resolved name', async () => {
    const { sent, sender } = setup()
    const producer = createProducer(topic('orders', { key: utf8, value: json() }), 'test.orders', sender)
    expect(await producer.send({ key: 'ann', value: { amount: 5 } })).toEqual({
      topic: 'test.orders',
      partition: 2,
      offset: 7n,
      timestamp: 5,
    })
    expect(sent).toEqual([
      { topic: 'test.orders', key: Buffer.from('ann'), value: Buffer.from('{"amount":5}'), headers: [] },
    ])
  })

  it('passes headers as an object, or as pairs where order and repetition matter', async () => {
    const { sent, sender } = setup()
    const producer = createProducer(topic('orders', { key: bytes, value: bytes }), 'orders', sender)
    const record = { key: null, value: Buffer.from('x'), partition: 1, timestamp: 5 }
    await producer.send({ ...record, headers: { trace: 'abc' } })
    await producer.send({
      ...record,
      headers: [
        ['a', '1'],
        ['a', null],
      ],
    })
    expect(sent.map(({ headers }) => headers)).toEqual([
      [[Buffer.from('trace'), Buffer.from('abc')]],
      [
        [Buffer.from('a'), Buffer.from('1')],
        [Buffer.from('a'), null],
      ],
    ])
    expect(sent[0]).toMatchObject({ key: null, partition: 1, timestamp: 5 })
  })

  it('sends a tombstone only where the topic declares them', async () => {
    const { sent, sender } = setup()
    const producer = createProducer(topic('orders', { key: utf8, value: utf8, tombstones: true }), 'orders', sender)
    await producer.send({ key: 'ann', value: null })
    expect(sent[0]?.value).toBeNull()
  })

  it.each([
    ['a header that is a number', JSON.parse('{"n":1}')],
    ['a header that is left undefined', { n: JSON.parse('[]')[0] }],
    ['a name that is no text', JSON.parse('[[5,"x"]]')],
    ['text', JSON.parse('"text"')],
  ])('sends nothing with headers that have no bytes: %s', async (_what, headers) => {
    const { sent, sender } = setup()
    const producer = createProducer(topic('orders', { key: utf8, value: utf8 }), 'orders', sender)
    await expect(producer.send({ key: 'ann', value: 'x', headers })).rejects.toThrow(TypeError)
    expect(sent).toEqual([])
  })

  it('sends nothing that does not encode, and says which part', async () => {
    const { sent, sender } = setup()
    const refuses = { ...utf8, encode: () => Promise.reject(new Error('too long')) }
    const producer = createProducer(topic('orders', { key: utf8, value: refuses }), 'orders', sender)
    await expect(producer.send({ key: 'ann', value: 'x' })).rejects.toMatchObject({
      code: 'MILLRACE_ENCODE_FAILED',
      message: expect.stringContaining('value'),
    })
    expect(sent).toEqual([])
  })
})
