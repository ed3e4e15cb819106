import { defineConsumer, handle, topic, utf8 } from '@millrace/core'
import { createKafkaAdmin, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { createInProcessWorkers } from './rig/in-process-workers.js'

describeWithBroker('a worker behind the fault proxy', ({ launchBehindProxy, probeOf }) => {
  test('talks to the broker through the proxy alone', async () => {
    const behind = await launchBehindProxy()
    const { broker, bootstrap, proxy } = behind
    const probe = probeOf(broker.bootstrap) // past the proxy, so everything that it counts is the worker's
    const workers = createInProcessWorkers(bootstrap)
    try {
      const name = uniqueName('behind')
      await createKafkaAdmin(probe).createTopic(name, { partitions: 2 })
      await createKafkaAdmin(probe).createTopic(`${name}.dlq`, { partitions: 2 })
      const handled: string[] = []
      const handlers = [
        handle(topic(name, { key: utf8, value: utf8 }), { deadLetter: `${name}.dlq` }, (value) => {
          if (value === 'bad') throw new Error('bad')
          handled.push(value)
        }),
      ]
      const consumers = [defineConsumer({ group: uniqueName('group'), handlers })]
      const worker = await workers.start({ consumers })
      await probe.produce(name, [{ value: 'one' }, { value: 'bad' }, { value: 'two' }])
      await worker.until('all is handled', () => handled.length === 2 && (proxy.answered.get('Produce') ?? 0) > 0)
      for (const api of ['Metadata', 'JoinGroup', 'Fetch', 'OffsetCommit', 'Produce'] as const) {
        await worker.until(`${api} went through the proxy`, () => (proxy.seen.get(api) ?? 0) > 0)
      }
    } finally {
      await workers.stopAll()
      await probe.close()
      await behind.stop()
    }
    expect(proxy.connections).toBe(0)
  })
})
