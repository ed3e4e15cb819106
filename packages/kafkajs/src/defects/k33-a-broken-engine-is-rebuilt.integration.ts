import { createRequire } from 'node:module'
import { createWorker, defineConsumer, handle, type MillraceEvent, topic as declare, utf8 } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { bounded } from '../client/bounded.js'
import { hasMethods } from '../internals.js'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

/** Makes the next `times` calls of one of kafkajs's own methods throw what a bug of its own would throw. */
function breakInside(file: string, method: string, times: number): { readonly left: () => number } {
  const found: unknown = createRequire(import.meta.url)(`kafkajs/src/${file}`)
  const prototype: unknown = typeof found === 'function' ? found.prototype : undefined
  if (!hasMethods(prototype, [method])) throw new Error(`${file} has no ${method}`)
  const original = prototype[method]
  if (typeof original !== 'function') throw new Error(`${method} is no method`)
  let left = times
  prototype[method] = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    if (left === 0) return Reflect.apply(original, this, args)
    left -= 1
    throw new TypeError("Cannot read properties of undefined (reading 'brokers')")
  }
  onTestFinished(() => void (prototype[method] = original))
  return { left: () => left }
}

describeWithBroker('K33: a bug inside the engine ends in a new member, never in a silent one', (broker) => {
  const { bootstrap, admin, probe } = broker

  async function stage() {
    const topic = uniqueName('orders')
    await admin.createTopic(topic)
    await probe.produce(topic, [{ value: 'first' }])
    return { topic, group: uniqueName('billing') }
  }

  test('red on bare kafkajs: one TypeError in a fetch and the consumer is gone for good', async () => {
    const { topic, group } = await stage()
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group })
    await expect.poll(() => bare.records.length).toBe(1)
    breakInside('broker/index.js', 'fetch', 1)
    await expect.poll(() => bare.crashes).toMatchObject([{ restart: false }])
    expect((await admin.describeGroup(group)).members).toEqual([])
  })

  test('green: a TypeError in a fetch is asked again, by the same member', async () => {
    const { topic, group } = await stage()
    const pipeline = new ScriptedPipeline(createKafkajsDriver({ brokers: bootstrap }), memberOptions(group, [topic]))
    onTestFinished(() => pipeline.leave())
    await pipeline.when('the first', ({ handled }) => handled.length === 1)
    const broken = breakInside('broker/index.js', 'fetch', 2)
    await expect.poll(broken.left).toBe(0)
    await probe.produce(topic, [{ value: 'second' }])
    await pipeline.when('the second', ({ handled }) => handled.length === 2)
    expect(pipeline.fatal).toEqual([])
    expect(pipeline.assignments.length).toBe(1)
  })

  test('green: a TypeError in a join is one death, and the worker makes one new member', async () => {
    const { topic, group } = await stage()
    const done: string[] = []
    const orders = declare(topic, { key: utf8, value: utf8 })
    const handlers = [handle(orders, { onExhausted: 'halt' }, (value) => void done.push(value))]
    const worker = createWorker({
      consumers: [defineConsumer({ group, handlers })],
      driver: createKafkajsDriver({ brokers: bootstrap }),
      // Longer than the test waits: the dead member must have left its group by itself.
      sessionTimeout: '60s',
    })
    const events: MillraceEvent[] = []
    worker.onAny((event) => events.push(event))
    const named = (name: string): number => events.filter((event) => event.name === name).length
    breakInside('broker/index.js', 'syncGroup', 1)
    try {
      await bounded(worker.start(), 'start', 30_000)
      await expect.poll(() => done).toEqual(['first'])
      expect([named('member.died'), named('member.rebuilding'), named('member.joined')]).toEqual([1, 1, 1])
    } finally {
      await worker.stop()
    }
  })
})
