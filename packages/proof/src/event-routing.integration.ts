import { defineConsumer, fieldIs, handle, headerIs, json, otherwise, topic, utf8 } from '@millrace/core'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createInProcessWorkers } from './rig/in-process-workers.js'
import { createStage } from './test-support/stage.js'

const types = ['order.placed', 'order.error', 'payment.error', 'order.closed', undefined] as const
const perType = 20

describeWithBroker('several handlers of one topic', (broker) => {
  const workers = createInProcessWorkers(broker.bootstrap)
  afterEach(() => workers.stopAll())

  const totalsOf = (worker: { inspect(): { readonly handlers: readonly { readonly handler: string }[] } }) =>
    Object.fromEntries(worker.inspect().handlers.map((totals) => [totals.handler, totals]))

  test('share its records by their headers: each goes to one of them, in order, and what nobody takes becomes a dead letter', async () => {
    const stage = await createStage(broker, { partitions: 2 })
    const records = Array.from({ length: perType * types.length }, (_, at) => {
      const type = types[at % types.length]
      const headers = type === undefined ? [] : ([['event-type', type]] as const)
      return { partition: Math.floor(at / types.length) % 2, value: JSON.stringify(at), headers }
    })
    await stage.produce(records)
    const Events = topic(stage.topic, { key: utf8, value: json() })
    const seen: Record<string, { readonly partition: number; readonly value: number }[]> = { placed: [], errors: [] }
    const note =
      (name: string) =>
      (value: unknown, { partition }: { readonly partition: number }) =>
        void seen[name]?.push({ partition, value: Number(value) })
    const { worker, until, stop } = await workers.start({
      consumers: [
        defineConsumer({
          group: stage.group,
          defaults: { deadLetter: true, retry: 'none' },
          handlers: [
            handle(Events, { name: 'placed', when: headerIs('event-type', 'order.placed') }, note('placed')),
            handle(Events, { name: 'errors', when: headerIs('event-type', '*.error') }, note('errors')),
            handle(Events, { name: 'failing', when: headerIs('event-type', 'order.closed') }, () => {
              throw new Error('no')
            }),
          ],
        }),
      ],
    })
    const settled = () => worker.inspect().handlers.reduce((sum, one) => sum + one.processed + one.deadLettered, 0)
    await until('all is settled', () => settled() === records.length)
    await stop()

    expect(totalsOf(worker)).toMatchObject({
      placed: { received: perType, processed: perType },
      errors: { received: 2 * perType, processed: 2 * perType },
      failing: { received: perType, deadLettered: perType },
      unrouted: { received: perType, deadLettered: perType },
    })
    for (const [name, own] of Object.entries(seen))
      for (const partition of [0, 1]) {
        const values = own.filter((one) => one.partition === partition).map(({ value }) => value)
        expect(values, `${name} in partition ${partition}`).toEqual(values.toSorted((a, b) => a - b))
      }
    const letters = await stage.deadLetters() // holds each against its original, byte by byte
    const kinds = Map.groupBy(
      letters,
      ({ header }) => `${header('handler')} ${header('stage')} ${header('error-code')}`,
    )
    expect(Object.fromEntries([...kinds].map(([kind, own]) => [kind, own.length]))).toEqual({
      'failing handle undefined': perType,
      'unrouted route MILLRACE_ROUTE_UNROUTABLE': perType,
    })
    expect(await stage.committed()).toEqual({ 0: records.length / 2, 1: records.length / 2 })
  })

  test('share its records by a field, and one that can not be decoded belongs to the rest', async () => {
    const stage = await createStage(broker)
    await stage.produce(['{"kind":"a"}', '{"kind":"b"}', 'no JSON', '{"kind":"a"}'].map((value) => ({ value })))
    const Events = topic(stage.topic, { key: utf8, value: json() })
    const { worker, until, stop } = await workers.start({
      consumers: [
        defineConsumer({
          group: stage.group,
          defaults: { deadLetter: true, retry: 'none' },
          handlers: [
            handle(Events, { name: 'a', when: fieldIs('kind', 'a') }, () => undefined),
            handle(Events, { name: 'rest', when: otherwise }, () => undefined),
          ],
        }),
      ],
    })
    await until('all is settled', () => worker.inspect().groups[0]?.partitions[0]?.watermark === 4n)
    await stop()
    expect(totalsOf(worker)).toMatchObject({
      a: { received: 2, processed: 2 },
      rest: { received: 2, processed: 1, deadLettered: 1 },
      unrouted: { received: 0 },
    })
    const [letter] = await stage.deadLetters()
    expect([letter?.source, letter?.header('handler'), letter?.header('stage')]).toEqual(['0/2', 'rest', 'decode'])
  })
})
