import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import type { KafkajsDriverOptions } from '../kafkajs-driver-options.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'

describeWithBroker('limits of decoding', ({ bootstrap, admin, probe }) => {
  const open: ScriptedPipeline[] = []
  afterEach(async () => void (await Promise.all(open.splice(0).map((pipeline) => pipeline.leave()))))

  function join(topic: string, group: string, limits: NonNullable<KafkajsDriverOptions['limits']>): ScriptedPipeline {
    const driver = createKafkajsDriver({ brokers: bootstrap, limits })
    const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic]))
    open.push(pipeline)
    return pipeline
  }

  test.each([
    ['maxHeaders', 2, '3 headers in a record, 2 allowed'],
    ['maxRecords', 19, '20 records in a batch, 19 allowed'],
    ['maxInflatedBytes', 2_000, 'a gzip payload of more than 2000 bytes'],
  ] as const)(
    '%s: a batch beyond it stops its partition, which says so, until it may be read',
    async (name, value, why) => {
      const [topic, group] = [uniqueName('limited'), uniqueName('readers')]
      await admin.createTopic(topic, { partitions: 2 })
      const headers = ['a', 'b', 'c'].map((header) => [header, header] as const)
      const records = Array.from({ length: 20 }, () => ({ partition: 0, value: 'x'.repeat(200), headers }))
      await probe.produce(topic, [
        { partition: 0, value: 'before' },
        { partition: 1, value: 'beside' },
      ])
      await probe.produce(topic, records, { compression: 'gzip' })

      const strict = join(topic, group, { [name]: value })
      await strict.when('the event', ({ events }) => events.length > 0)
      await strict.when('what is within it', ({ handled }) => handled.length === 2)
      expect(strict.events).toMatchObject([
        { name: 'partition.failed', topic, partition: 0, error: { message: expect.stringContaining(why) } },
      ])
      await strict.leave()
      expect(await admin.committed(group)).toMatchObject([{ offset: 1n }, { offset: 1n }])

      const lenient = join(topic, group, {})
      await lenient.when('the rest', ({ handled }) => handled.length === 20)
      expect(lenient.events).toEqual([])
    },
  )
})
