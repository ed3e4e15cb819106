import { describe, expect, it } from 'vitest'
import { buildPlan } from './build-plan.js'
import { defineConsumer, handle, transform } from './define-consumer.js'
import type { Serde } from './serde.js'
import { serdeUsesOf } from './serde-uses.js'
import { utf8 } from './serdes/utf8.js'
import { topic } from './topic.js'

const prepared = (name: string): Serde<string> => ({
  name,
  decode: (bytes) => bytes.toString(),
  encode: (value) => Buffer.from(value),
  prepare: async () => undefined,
})
const value = prepared('orders')
const key = prepared('keys')
const Orders = topic('orders', { key: utf8, value })
const Invoices = topic('invoices', { key, value: prepared('invoices') })

const usesIn = (...consumers: Parameters<typeof buildPlan>[0]) =>
  serdeUsesOf(buildPlan(consumers, { topicPrefix: 'test.' })).map(({ topic: name, part, direction }) => [
    name,
    part,
    direction,
  ])

describe('the uses of serdes in a plan', () => {
  it('are those of sources and sinks under their names in the cluster, without serdes that need nothing and without dead letters', () => {
    const invoicing = defineConsumer({
      group: 'invoicing',
      handlers: [transform(Orders, { to: Invoices, deadLetter: true }, () => undefined)],
    })
    expect(usesIn(invoicing)).toEqual([
      ['test.orders', 'value', 'read'],
      ['test.invoices', 'key', 'write'],
      ['test.invoices', 'value', 'write'],
    ])
  })

  it('are two where groups read one topic with serdes of their own', () => {
    const reading = (group: string, own: Serde<string>) =>
      defineConsumer({
        group,
        handlers: [handle(topic('orders', { key: utf8, value: own }), { deadLetter: true }, () => undefined)],
      })
    expect(usesIn(reading('one', prepared('a')), reading('two', prepared('b')))).toHaveLength(2)
  })

  it('are one where several groups share a topic, and both directions where one writes what another reads', () => {
    const one = defineConsumer({
      group: 'invoicing',
      handlers: [transform(Orders, { to: Invoices, deadLetter: true }, () => undefined)],
    })
    const two = defineConsumer({
      group: 'audit',
      handlers: [
        handle(Orders, { deadLetter: true }, () => undefined),
        handle(Invoices, { deadLetter: true }, () => undefined),
      ],
    })
    expect(usesIn(one, two)).toEqual([
      ['test.orders', 'value', 'read'],
      ['test.invoices', 'key', 'both'],
      ['test.invoices', 'value', 'both'],
    ])
  })
})
