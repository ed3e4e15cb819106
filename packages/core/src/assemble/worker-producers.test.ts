import { describe, expect, it } from 'vitest'
import { resolveName } from '../declare/env-name.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { systemClock } from '../observe/clock.js'
import { silentLogger } from '../observe/logger.js'
import { fail } from '../millrace-error.js'
import type { OutgoingRecord, Sender } from '../produce/sender.js'
import type { SenderOptions } from '../receive/driver.js'
import { createWorkerProducers } from './worker-producers.js'

const Orders = topic('orders', { key: utf8, value: utf8 })
const Audit = topic('audit', { key: utf8, value: utf8 })

function setup() {
  const opened: Partial<SenderOptions>[] = []
  const sent: OutgoingRecord[] = []
  const closed: unknown[] = []
  let failure: Error | undefined
  const openSender = async (options: Partial<SenderOptions> = {}): Promise<Sender> => {
    opened.push(options)
    return {
      async send(record) {
        sent.push(record)
        return { topic: record.topic, partition: 0, offset: BigInt(sent.length - 1), timestamp: 0 }
      },
      flush: async () => undefined,
      async close(limits) {
        closed.push(limits)
        if (failure !== undefined) throw failure
      },
    }
  }
  const producers = createWorkerProducers({
    ...{ driver: { openSender }, clock: systemClock, logger: silentLogger, env: {} },
    nameOf: ({ name }) => `dev.${resolveName(name, {})}`,
  })
  const failNextClose = (error: Error): void => void (failure = error)
  return { producers, opened, sent, closed, failNextClose }
}

describe('the producers of a worker', () => {
  it('opens one sender per set of options, at its first record', async () => {
    const { producers, opened, sent } = setup()
    const orders = producers.producerOf(Orders)
    const audit = producers.producerOf(Audit, { linger: '5ms' }) // the default, written down
    const urgent = producers.producerOf(Orders, { linger: '0ms' })
    expect(opened).toEqual([])
    await orders.send({ key: 'a', value: '1' })
    await audit.send({ key: 'a', value: '2' })
    await urgent.send({ key: 'a', value: '3' })
    expect(opened.map(({ lingerMs }) => lingerMs)).toEqual([5, 0])
    expect(sent.map((record) => record.topic)).toEqual(['dev.orders', 'dev.audit', 'dev.orders'])
    expect(producers.topics).toEqual(['dev.orders', 'dev.audit'])
  })

  it('names faulty options', () => {
    expect(() => setup().producers.producerOf(Orders, { linger: '1h' })).toThrow(
      expect.objectContaining({ code: 'MILLRACE_OPTIONS_INVALID' }),
    )
  })

  it('takes nothing more once it closes, waits for what is still encoded, and closes each sender once', async () => {
    const { producers, sent, closed } = setup()
    const encoded = Promise.withResolvers<Buffer>()
    const slow = topic('slow', { key: utf8, value: { ...utf8, encode: () => encoded.promise } })
    const orders = producers.producerOf(Orders)
    await orders.send({ key: 'a', value: '1' })
    const late = producers.producerOf(slow).send({ key: 'a', value: '2' })
    const closing = producers.close(1_000)
    await expect(orders.send({ key: 'a', value: '3' })).rejects.toMatchObject({ code: 'MILLRACE_PRODUCE_CLOSED' })
    expect(closed).toEqual([])
    encoded.resolve(Buffer.from('2'))
    await late
    await closing
    expect(sent.map(({ value }) => String(value))).toEqual(['1', '2'])
    expect(closed).toEqual([{ timeoutMs: expect.any(Number) }])
  })

  it('tells what went wrong', async () => {
    const { producers, failNextClose } = setup()
    await producers.producerOf(Orders).send({ key: 'a', value: '1' })
    const unsent = fail('MILLRACE_PRODUCE_FLUSH_TIMED_OUT', { unsent: 1, timeoutMs: 10 })
    failNextClose(unsent)
    await expect(producers.close(10)).rejects.toBe(unsent)
  })
})
