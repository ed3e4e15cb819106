import { describe, expect, it } from 'vitest'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { handlerPlan } from '../test-support/plans.js'
import { checkTopics, topicsOf } from './check-topics.js'
import type { TopicDescription } from './driver.js'

const plan = { groups: [{ group: 'billing', handlers: [handlerPlan()] }] }
const found = (...topics: TopicDescription[]) => new Map(topics.map((topic) => [topic.name, topic]))
const orders = { name: 'orders', partitions: 6, maxMessageBytes: 1_048_588 }
const letters = { name: 'orders.dlq', partitions: 6, maxMessageBytes: 1_048_588, retentionMs: 30 * 86_400_000 }

describe('checkTopics', () => {
  it('asks for every topic that is read or written', () => {
    expect(topicsOf(plan)).toEqual(['orders', 'orders.dlq'])
  })

  it('is content with topics that fit', () => {
    expect(checkTopics(plan, found(orders, letters))).toEqual({ problems: [], warnings: [] })
  })

  it('names all missing topics at once', () => {
    expect(checkTopics(plan, found()).problems.map(({ where }) => where)).toEqual([
      'topic "orders"',
      'topic "orders.dlq"',
    ])
  })

  it('asks for the sinks of a transform, and says of a missing one that they are on the cluster of the source', () => {
    const sink = (name: string) => ({ name, topic: topic(name, { key: utf8, value: utf8 }) })
    const transform = { sinks: [sink('invoices'), sink('ledger')], inheritKey: true, inheritTimestamp: true }
    const handlers = [handlerPlan({ name: 'Invoicing.invoice', transform: { ...transform, maxOutputs: 10 } })]
    const pipeline = { groups: [{ group: 'billing', handlers }] }
    expect(topicsOf(pipeline)).toEqual(['orders', 'orders.dlq', 'invoices', 'ledger'])

    const { problems } = checkTopics(pipeline, found(orders, letters, { name: 'ledger', partitions: 1 }))
    expect(problems.map(({ where }) => where)).toEqual(['sink "invoices" of Invoicing.invoice'])
    expect(problems[0]?.problem).toContain('on the cluster of this worker')
  })

  it('refuses a dead-letter topic with fewer partitions or a smaller size limit than its source', () => {
    const { problems } = checkTopics(plan, found(orders, { ...letters, partitions: 1, maxMessageBytes: 1_000 }))
    expect(problems.map(({ problem }) => problem)).toEqual([
      'has 1 partitions, its source "orders" has 6',
      'takes 1000 bytes per batch, its source takes 1048588',
    ])
  })

  it('warns where dead letters are kept for less than 14 days', () => {
    expect(checkTopics(plan, found(orders, { ...letters, retentionMs: 7 * 86_400_000 })).warnings).toHaveLength(1)
    expect(checkTopics(plan, found(orders, { ...letters, retentionMs: -1 })).warnings).toEqual([])
  })
})
