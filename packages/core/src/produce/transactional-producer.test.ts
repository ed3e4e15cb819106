import { describe, expect, it } from 'vitest'
import { resolveName } from '../declare/env-name.js'
import { json } from '../declare/serdes/json.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { fail } from '../millrace-error.js'
import type { OutgoingRecord } from './sender.js'
import { createTransactionalProducer } from './transactional-producer.js'
import type { TransactionalSender } from './transactional-sender.js'

const Orders = topic('orders', { key: utf8, value: json() })
const transactionalId = 'billing-1'

/** Notes the calls; `answers` may refuse a record or the commit. */
function setup(
  answers: {
    readonly send?: (record: OutgoingRecord) => void
    readonly answer?: () => Promise<void>
    readonly commit?: () => void
  } = {},
) {
  const calls: string[] = []
  const sender: TransactionalSender = {
    begin() {
      calls.push('begin')
      return {
        async send(record) {
          answers.send?.(record)
          await answers.answer?.()
          calls.push(`send ${record.topic} ${record.value?.toString()}`)
          return { topic: record.topic, partition: 0, offset: 0n, timestamp: 0 }
        },
        async commit(offsets) {
          answers.commit?.()
          calls.push(`commit ${offsets?.length}`)
        },
        abort: async () => void calls.push('abort'),
      }
    },
    close: async () => undefined,
  }
  const producer = createTransactionalProducer({
    transactionalId,
    open: async () => sender,
    nameOf: ({ name }) => `test.${resolveName(name, {})}`,
  })
  return { calls, producer }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a transaction of a producer', () => {
  it('commits when the function returns, and answers with what it returned', async () => {
    const { calls, producer } = setup()

    const answer = await producer.transaction(async (tx) => (await tx.send(Orders, { key: 'a', value: 1 })).offset)

    expect(answer).toBe(0n)
    expect(calls).toEqual(['begin', 'send test.orders 1', 'commit 0'])
  })

  it('waits for records that nobody awaited', async () => {
    const { calls, producer } = setup()

    await producer.transaction((tx) => {
      for (const value of [1, 2]) void tx.send(Orders, { key: 'a', value })
    })

    expect(calls).toEqual(['begin', 'send test.orders 1', 'send test.orders 2', 'commit 0'])
  })

  it('aborts when the function throws, and passes its error on', async () => {
    const { calls, producer } = setup()
    const broken = new Error('no such customer')

    await expect(producer.transaction(() => Promise.reject(broken))).rejects.toBe(broken)

    expect(calls).toEqual(['begin', 'abort'])
  })

  it('aborts when a record failed, although the function did not care', async () => {
    const refused = new Error('refused')
    const { calls, producer } = setup({
      send: () => {
        throw refused
      },
    })

    const transaction = producer.transaction(
      (tx) => void tx.send(Orders, { key: 'a', value: 1 }).catch(() => undefined),
    )

    await expect(transaction).rejects.toBe(refused)
    expect(calls).toEqual(['begin', 'abort'])
  })

  it('aborts when a message does not fit its topic', async () => {
    const { calls, producer } = setup()

    const transaction = producer.transaction((tx) => tx.send(Orders, { key: 'a', value: () => 1 }))

    await expect(transaction).rejects.toMatchObject({ code: 'MILLRACE_ENCODE_FAILED' })
    expect(calls).toEqual(['begin', 'abort'])
  })

  it('takes nothing after the function has returned', async () => {
    const { calls, producer } = setup()

    const late = await producer.transaction((tx) => () => tx.send(Orders, { key: 'a', value: 1 }))

    await expect(late()).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_STATE' })
    expect(calls).toEqual(['begin', 'commit 0'])
  })

  it('begins only when the one before has ended, also where that failed', async () => {
    const { calls, producer } = setup()

    const first = producer.transaction(() => Promise.reject(new Error('first')))
    const second = producer.transaction((tx) => tx.send(Orders, { key: 'b', value: 2 }))

    await expect(first).rejects.toThrow('first')
    await second
    expect(calls).toEqual(['begin', 'abort', 'begin', 'send test.orders 2', 'commit 0'])
  })

  it('aborts where its signal does, before or within', async () => {
    const { calls, producer } = setup()
    const stop = new AbortController()

    const within = producer.transaction(() => stop.abort(new Error('stop')), { signal: stop.signal })
    await expect(within).rejects.toThrow('stop')
    await expect(producer.transaction(() => 1, { signal: stop.signal })).rejects.toThrow('stop')

    expect(calls).toEqual(['begin', 'abort'])
  })

  it('is not waited for when its signal aborts: not the function, nor a record, nor the one in front of it', async () => {
    const unanswered = new Promise<never>(() => undefined)
    const { calls, producer } = setup({ answer: () => unanswered })
    const stop = new AbortController()
    const { signal } = stop
    const hanging = Promise.withResolvers<void>()
    let late: Promise<unknown> | undefined

    const hangs = producer.transaction(
      async (tx) => {
        await hanging.promise
        late = tx.send(Orders, { key: 'a', value: 1 }).catch((error: unknown) => error)
      },
      { signal },
    )
    const impatient = new AbortController()
    const waits = producer.transaction(() => 1, { signal: impatient.signal })
    const goesOn = producer.transaction(() => 'next')
    await settle()
    expect(calls).toEqual(['begin'])
    impatient.abort(new Error('too late'))
    await expect(waits).rejects.toThrow('too late')
    await settle()
    expect(calls).toEqual(['begin'])
    stop.abort(new Error('stop'))
    await expect(hangs).rejects.toThrow('stop')
    expect(await goesOn).toBe('next')
    expect(calls).toEqual(['begin', 'abort', 'begin', 'commit 0'])
    hanging.resolve()
    await settle()
    expect(await late).toMatchObject({ code: 'MILLRACE_TRANSACTION_STATE' })

    const sends = new AbortController()
    const sending = producer.transaction((tx) => void tx.send(Orders, { key: 'a', value: 1 }), { signal: sends.signal })
    await settle()
    sends.abort(new Error('stop'))
    await expect(sending).rejects.toThrow('stop')
    expect(calls.slice(4)).toEqual(['begin', 'abort'])
  })

  it('is refused inside of another one, which it would wait for', async () => {
    const { calls, producer } = setup()

    const nested = producer.transaction(async (tx) => {
      await tx.send(Orders, { key: 'a', value: 1 })
      return producer.transaction(() => 2)
    })

    await expect(nested).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_STATE' })
    expect(calls).toEqual(['begin', 'send test.orders 1', 'abort'])
  })

  it('may follow from within the one before, once that is over', async () => {
    const { calls, producer } = setup()
    const first = await producer.transaction(() => {
      const later = settle().then(() => producer.transaction(() => 2))
      return () => later
    })
    expect(await first()).toBe(2)
    expect(calls).toEqual(['begin', 'commit 0', 'begin', 'commit 0'])
  })

  it('is over once another producer has its id: to go on would fence that one', async () => {
    const fenced = fail('MILLRACE_TRANSACTION_FENCED', { transactionalId, reason: 'INVALID_PRODUCER_EPOCH' })
    const { calls, producer } = setup({
      commit: () => {
        throw fenced
      },
    })

    await expect(producer.transaction(() => 1)).rejects.toBe(fenced)
    await expect(producer.transaction(() => 2)).rejects.toBe(fenced)

    expect(calls).toEqual(['begin', 'abort'])
  })
})
