import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { bytes } from '../declare/serdes/bytes.js'
import { json } from '../declare/serdes/json.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { fail } from '../millrace-error.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { createLazySender } from './lazy-sender.js'
import { createProducer } from './producer.js'
import { isPartialSend } from './send-many.js'
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

const Orders = topic('orders', { key: utf8, value: utf8 })

/** A topic whose values are encoded when the test says so. */
function slowTopic() {
  const encoding = new Map<string, PromiseWithResolvers<Buffer>>()
  const encode = (text: string): Promise<Buffer> | Buffer => {
    if (!text.startsWith('slow')) return Buffer.from(text)
    const one = Promise.withResolvers<Buffer>()
    encoding.set(text, one)
    return one.promise
  }
  const finish = (text: string): void => encoding.get(text)?.resolve(Buffer.from(text))
  return { slow: topic('slow', { key: utf8, value: { ...utf8, encode } }), finish, encoding }
}

describe('many messages', () => {
  it('go in their order, and are reported in it', async () => {
    const { sent, sender } = setup()
    let offset = 0n
    const counting: Sender = { ...sender, send: async (one) => ({ ...(await sender.send(one)), offset: offset++ }) }
    const messages = ['1', '2', '3'].map((value) => ({ key: 'ann', value }))
    const reports = await createProducer(Orders, 'orders', counting).sendMany(messages)
    expect(reports.map((one) => one.offset)).toEqual([0n, 1n, 2n])
    expect(sent.map(({ value }) => String(value))).toEqual(['1', '2', '3'])
    expect(await createProducer(Orders, 'orders', sender).sendMany([])).toEqual([])
    const notAList = createProducer(Orders, 'orders', sender).sendMany(JSON.parse('5'))
    await expect(notAList).rejects.toThrow(TypeError)
  })

  it('fail one by one: the error tells what became of which', async () => {
    const { sent, sender } = setup()
    const refusal = fail('MILLRACE_PRODUCE_REFUSED', { topic: 'orders', partition: 2, reason: 'no permission' })
    const choosy: Sender = {
      ...sender,
      send: (one) => (String(one.value) === '2' ? Promise.reject(refusal) : sender.send(one)),
    }
    const messages = ['1', '2', '3'].map((value) => ({ key: 'ann', value }))
    const thrown: unknown = await createProducer(Orders, 'orders', choosy)
      .sendMany(messages)
      .catch((error: unknown) => error)
    if (!isPartialSend(thrown)) throw new Error(`expected a partial send, got ${String(thrown)}`)
    expect(thrown.code).toBe('MILLRACE_PRODUCE_PARTIAL')
    expect(thrown.message).toContain('1 of 3')
    expect(thrown.cause).toBe(refusal)
    expect(thrown.results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(sent.map(({ value }) => String(value))).toEqual(['1', '3'])
    expect(isPartialSend(refusal)).toBe(false)
  })
})

describe('encoding that takes time', () => {
  it('does not change the order of the calls', async () => {
    const { sent, sender } = setup()
    const { slow, finish } = slowTopic()
    const producer = createProducer(slow, 'slow', sender)
    const all = producer.sendMany(['slow 1', '2', 'slow 3', '4'].map((value) => ({ key: 'ann', value })))
    finish('slow 3')
    await Promise.resolve()
    expect(sent).toEqual([])
    finish('slow 1')
    await all
    expect(sent.map(({ value }) => String(value))).toEqual(['slow 1', '2', 'slow 3', '4'])
  })

  it('leaves each message in the context of its call', async () => {
    const { sender } = setup()
    const { slow, finish } = slowTopic()
    const caller = new AsyncLocalStorage<string>()
    const contexts: (string | undefined)[] = []
    const watched: Sender = {
      ...sender,
      send(one) {
        contexts.push(caller.getStore())
        return sender.send(one)
      },
    }
    const producer = createProducer(
      slow,
      'slow',
      createLazySender(async () => watched),
    )
    const sends = ['1', 'slow 2', '3'].map((value) =>
      caller.run(`call of ${value}`, () => producer.send({ key: 'ann', value })),
    )
    await sends[0]
    finish('slow 2')
    await Promise.all(sends)
    expect(contexts).toEqual(['call of 1', 'call of slow 2', 'call of 3'])
  })

  it('has the delivery timeout: then the message is certainly not stored, and the next one goes', async () => {
    const { sent, sender } = setup()
    const { slow, finish } = slowTopic()
    const clock = createHandClock()
    const producer = createProducer(slow, 'slow', sender, { clock, deliveryTimeoutMs: 1_000 })
    const hanging = expect(producer.send({ key: 'ann', value: 'slow' })).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCE_TIMED_OUT',
    })
    const next = producer.send({ key: 'ann', value: '2' })
    await clock.advance(1_000)
    await Promise.all([hanging, next])
    finish('slow')
    await clock.advance(1)
    expect(sent.map(({ value }) => String(value))).toEqual(['2'])
    expect(clock.pending).toBe(0)
  })

  it('ends with the signal of its message', async () => {
    const { sent, sender } = setup()
    const { slow } = slowTopic()
    const clock = createHandClock()
    const caller = new AbortController()
    const taken = createProducer(slow, 'slow', sender, { clock }).send({ key: 'ann', value: 'slow' }, caller.signal)
    const reason = new Error('the request was cancelled')
    caller.abort(reason)
    await expect(taken).rejects.toBe(reason)
    expect([sent.length, clock.pending]).toEqual([0, 0])
  })

  it('rejects once when both parts fail', async () => {
    const { sender } = setup()
    const key = { ...utf8, encode: () => Promise.reject(new Error('the key')) }
    const value = {
      ...utf8,
      encode: (): Buffer => {
        throw new Error('the value')
      },
    }
    const sending = createProducer(topic('orders', { key, value }), 'orders', sender).send({ key: 'a', value: 'b' })
    await expect(sending).rejects.toThrow('the value')
  })

  it('is waited for by flush and by close', async () => {
    const { sent, sender } = setup()
    const { slow, finish } = slowTopic()
    const clock = createHandClock()
    const calls: unknown[] = []
    const noting: Sender = {
      ...sender,
      flush: async (limits) => void calls.push(['flush', limits, sent.length]),
      close: async (limits) => void calls.push(['close', limits, sent.length]),
    }
    const producer = createProducer(slow, 'slow', noting, { clock })
    const first = producer.send({ key: 'ann', value: 'slow 1' })
    const flushed = producer.flush({ timeout: '1s' })
    await clock.advance(400)
    finish('slow 1')
    await Promise.all([first, flushed])
    const second = producer.send({ key: 'ann', value: 'slow 2' })
    const closed = producer.close()
    await expect(producer.send({ key: 'ann', value: '3' })).rejects.toMatchObject({ code: 'MILLRACE_PRODUCE_CLOSED' })
    finish('slow 2')
    await Promise.all([second, closed, producer.close()])
    expect(calls).toEqual([
      ['flush', { timeoutMs: 600 }, 1],
      ['close', {}, 2],
    ])
  })

  it('is not waited for longer than the limit, and the sender is closed all the same', async () => {
    const { sender } = setup()
    const { slow } = slowTopic()
    const clock = createHandClock()
    let closedWith: unknown
    const noting: Sender = { ...sender, close: async (limits) => void (closedWith = limits) }
    const producer = createProducer(slow, 'slow', noting, { clock, deliveryTimeoutMs: 5_000 })
    const lost = expect(producer.send({ key: 'ann', value: 'slow' })).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCE_TIMED_OUT',
    })
    const late = { code: 'MILLRACE_PRODUCE_FLUSH_TIMED_OUT', message: expect.stringContaining('1 records') }
    const flushing = expect(producer.flush({ timeout: '1s' })).rejects.toMatchObject(late)
    const closing = expect(producer.close({ timeout: '1s' })).rejects.toMatchObject(late)
    await clock.advance(1_000)
    await Promise.all([flushing, closing])
    expect(closedWith).toEqual({ timeoutMs: 0 })
    await clock.advance(4_000)
    await lost
  })
})
