import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K11: each partition has one owner that wants it, and stays where it is', (broker) => {
  const { bootstrap, admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  const more: ScriptedPipeline[] = []
  afterEach(async () => {
    await Promise.all([leaveAll(), ...more.splice(0).map((pipeline) => pipeline.leave())])
  })

  test('red on bare kafkajs: topics of members that differ go to those who did not ask, or to nobody', async () => {
    const [a, b] = [uniqueName('orders'), uniqueName('refunds')]
    const group = uniqueName('billing')
    await admin.createTopic(a, { partitions: 2 })
    await admin.createTopic(b, { partitions: 4 })
    const first = await bareConsumer({ brokers: bootstrap, topics: [a], group })
    const second = await bareConsumer({ brokers: bootstrap, topics: [b], group })
    await expect.poll(() => first.joins.length).toBeGreaterThan(1)
    const owned = [first, second].flatMap(({ joins }) => Object.values(joins.at(-1)?.assignment ?? {}).flat())
    expect(owned.length).toBeLessThan(6)
  })

  test('red on bare kafkajs: a member that joins moves what the others could have kept', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic, { partitions: 12 })
    const options = { brokers: bootstrap, topics: [topic], group }
    const members = [await bareConsumer(options), await bareConsumer(options)]
    const ownedBy = (): Set<number>[] => members.map(({ joins }) => new Set(joins.at(-1)?.assignment[topic]))
    await expect.poll(() => ownedBy().map(({ size }) => size)).toEqual([6, 6])
    const before = ownedBy()
    members.push(await bareConsumer(options))
    await expect.poll(() => ownedBy().map(({ size }) => size)).toEqual([4, 4, 4])
    const after = ownedBy()
    const lost = before.flatMap((owned, index) =>
      [...owned].filter((partition) => after[index]?.has(partition) !== true),
    )
    // Two each would be enough.
    expect(lost.length).toBeGreaterThan(4)
  })

  test('green: members that want different topics each get theirs, whoever leads', async () => {
    const [one, two] = [await setup(2), await setup(2)]
    await one.produce(10)
    await two.produce(10)
    for (const topics of [[one.topic], [one.topic, two.topic], [two.topic]]) {
      more.push(new ScriptedPipeline(one.driver, memberOptions(one.group, topics)))
    }
    await expect.poll(() => more.reduce((sum, { handled }) => sum + handled.length, 0)).toBe(20)
    await expect.poll(() => more.flatMap(({ leases }) => leases).length).toBe(4)
    for (const { leases, fatal } of more) expect([leases.length > 0, fatal]).toEqual([true, []])
  })

  test('green: a rolling deploy that adds a topic reads both all the while, each record once', async () => {
    const [one, two] = [await setup(4), await setup(2)]
    const old = [one.join(), one.join()]
    for (const pipeline of old) await pipeline.when('its share', ({ leases }) => leases.length === 2)
    await Promise.all([one.produce(8), two.produce(8)])
    for (const pipeline of old) {
      more.push(new ScriptedPipeline(one.driver, memberOptions(one.group, [one.topic, two.topic])))
      await more.at(-1)?.when('a share', ({ leases }) => leases.length > 0)
      await pipeline.leave()
      await Promise.all([one.produce(4), two.produce(2)])
    }
    const all = [...old, ...more]
    const handled = () =>
      all.flatMap((pipeline) =>
        pipeline.handled.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`),
      )
    await expect.poll(() => handled().length).toBe(28)
    expect(new Set(handled()).size).toBe(28)
    await expect.poll(() => more.map(({ leases }) => leases.length)).toEqual([3, 3])
    expect(all.flatMap(({ fatal, commitErrors }) => [...fatal, ...commitErrors])).toEqual([])
  })

  test('green: a member that joins gets its share, one that leaves gives it back, and nothing else moves', async () => {
    const { join } = await setup(9)
    const first = join()
    await first.when('everything', ({ leases }) => leases.length === 9)
    const [all, second] = [numbersOf(first), join()]
    await Promise.all([
      first.when('its share', ({ assignments, leases }) => assignments.length === 2 && leases.length > 0),
      second.when('its share', ({ leases }) => leases.length > 0),
    ])
    const [half, rest] = [numbersOf(first), numbersOf(second)]
    expect([half.length, rest.length].toSorted(ascending)).toEqual([4, 5])
    expect([...half, ...rest].toSorted(ascending)).toEqual(all)
    const third = join()
    await Promise.all([
      first.when('its third', ({ leases }) => leases.length === 3),
      second.when('its third', ({ leases }) => leases.length === 3),
      third.when('its third', ({ leases }) => leases.length === 3),
    ])
    expect(half).toEqual(expect.arrayContaining(numbersOf(first)))
    expect(rest).toEqual(expect.arrayContaining(numbersOf(second)))
    const [kept, keptToo] = [numbersOf(first), numbersOf(second)]
    await third.leave()
    await Promise.all([
      first.when('more', ({ leases }) => leases.length >= 4),
      second.when('more', ({ leases }) => leases.length >= 4),
    ])
    expect(numbersOf(first)).toEqual(expect.arrayContaining(kept))
    expect(numbersOf(second)).toEqual(expect.arrayContaining(keptToo))
  })

  test('green: in a group with a plain kafkajs each partition has one owner, and records flow on both sides', async () => {
    const { topic, group, join, produce } = await setup(4)
    await produce(40)
    const ours = join()
    await ours.when('everything', ({ leases }) => leases.length === 4)
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group })
    await ours.when('half of it', ({ leases }) => leases.length === 2)
    const theirs = (): number[] => bare.joins.at(-1)?.assignment[topic] ?? []
    await expect.poll(() => [...numbersOf(ours), ...theirs()].toSorted(ascending)).toEqual([0, 1, 2, 3])
    await probe.produce(
      topic,
      [0, 1, 2, 3].map((partition) => ({ partition, value: 'new' })),
    )
    await expect.poll(() => bare.records.filter(({ value }) => value === 'new').length).toBe(2)
    await ours.when('its part', ({ handled }) => handled.filter(({ value }) => value === 'new').length === 2)
    await bare.consumer.disconnect()
    await ours.when('everything', ({ leases }) => leases.length === 4)
    expect([ours.fatal, bare.crashes]).toEqual([[], []])
  })
})

const ascending = (a: number, b: number): number => a - b

const numbersOf = ({ leases }: ScriptedPipeline): number[] => leases.map(({ partition }) => partition).sort(ascending)
