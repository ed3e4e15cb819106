import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createKafkajsDriver } from './kafkajs-driver.js'
import { memberOptions, type PipelineOptions, ScriptedPipeline } from './test-support/scripted-pipeline.js'
import type { MemberOptions } from '@millrace/core'

describeWithBroker('kafkajs driver', ({ bootstrap, admin, probe }) => {
  const open = new Set<ScriptedPipeline>()
  afterEach(async () => {
    await Promise.all([...open].map((pipeline) => pipeline.leave()))
    open.clear()
  })

  const setup = async (records = 0, partitions = 2) => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic, { partitions })
    const produce = (count: number, from = 0) =>
      probe.produce(
        topic,
        Array.from({ length: count }, (_, index) => ({
          partition: (from + index) % partitions,
          value: String(from + index),
        })),
      )
    if (records > 0) await produce(records)
    const driver = createKafkajsDriver({ brokers: bootstrap })
    const join = (over: Partial<MemberOptions> = {}, options: PipelineOptions = {}) => {
      const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic], over), options)
      open.add(pipeline)
      return pipeline
    }
    return { topic, group, driver, join, produce }
  }

  test('a new group starts at the earliest record and commits what it handled', async () => {
    const { join, group } = await setup(100)
    const pipeline = join()
    await pipeline.when('all handled', ({ handled }) => handled.length === 100)
    await pipeline.leave()

    expect(pipeline.handled.filter(({ partition }) => partition === 0).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 50 }, (_, index) => BigInt(index)),
    )
    const committed = await admin.committed(group)
    expect(committed.map(({ offset }) => offset)).toEqual([50n, 50n])
    expect(pipeline.fatal).toEqual([])
  })
})
