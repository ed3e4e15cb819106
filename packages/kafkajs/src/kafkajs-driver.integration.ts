import { isMillraceError, type OutgoingRecord } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createKafkajsDriver } from './kafkajs-driver.js'
import { createDriverSetup } from './test-support/driver-setup.js'

const never = new AbortController().signal

describeWithBroker('kafkajs driver', (broker) => {
  const { bootstrap, admin } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test('describes topics with their settings and leaves unknown names out', async () => {
    const topic = uniqueName('described')
    await admin.createTopic(topic, { partitions: 3, configs: { 'retention.ms': '60000', 'max.message.bytes': '5000' } })
    const found = await createKafkajsDriver({ brokers: bootstrap }).describeTopics([topic, 'no-such-topic'], never)

    expect([...found]).toEqual([[topic, { name: topic, partitions: 3, retentionMs: 60_000, maxMessageBytes: 5000 }]])
    expect(await admin.listTopics()).not.toContain('no-such-topic')
  })

  test('every sender asks the partitioner of a topic, for records that name no partition', async () => {
    const [sorted, other] = [uniqueName('sorted'), uniqueName('sorted')]
    await Promise.all([sorted, other].map((topic) => admin.createTopic(topic, { partitions: 4 })))
    const partitioners = { [sorted]: ({ value }: OutgoingRecord) => Number(value) }
    const driver = createKafkajsDriver({ brokers: bootstrap, partitioners })
    const sender = await driver.openSender()
    const key = Buffer.from('21')
    const partitionOf = async (topic: string, value: string, partition?: number): Promise<number | string> => {
      const record = { topic, key, value: Buffer.from(value), ...(partition === undefined ? {} : { partition }) }
      const sent = sender.send(record).then((report) => report.partition)
      return sent.catch((error: unknown) => (isMillraceError(error) ? error.code : 'another error'))
    }
    try {
      expect(await partitionOf(sorted, '3')).toBe(3)
      expect(await partitionOf(sorted, '3', 1)).toBe(1)
      expect(await partitionOf(sorted, '4')).toBe('MILLRACE_PRODUCE_RECORD_INVALID')
      expect(await partitionOf(sorted, 'x')).toBe('MILLRACE_PRODUCE_RECORD_INVALID')
      expect(await partitionOf(other, '3')).toBe((-973932308 & 0x7fffffff) % 4) // murmur2 of the key, as in Java
    } finally {
      await sender.close()
    }
  })

  test('says which brokers did not answer, and how often it tried', async () => {
    const driver = createKafkajsDriver({ brokers: ['127.0.0.1:1', '127.0.0.1:2'], connectLimitMs: 1000 })
    const fault: unknown = await driver.describeTopics(['orders'], never).catch((error: unknown) => error)

    if (!isMillraceError(fault, 'MILLRACE_DRIVER_UNREACHABLE')) throw fault
    expect(fault.message).toContain('127.0.0.1:1, 127.0.0.1:2 after 4 tries')
    expect(String(fault.cause)).toContain('ECONNREFUSED')
  })

  test('takes the second broker of the list when the first is away', async () => {
    const topic = uniqueName('second')
    await admin.createTopic(topic)
    const driver = createKafkajsDriver({ brokers: ['127.0.0.1:1', ...bootstrap] })
    expect([...(await driver.describeTopics([topic], never)).keys()]).toEqual([topic])
  })

  test('gives up a look-up when its signal aborts', async () => {
    const driver = createKafkajsDriver({ brokers: ['127.0.0.1:1'] })
    const reason = new Error('enough')
    await expect(driver.describeTopics(['orders'], AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('tells a listener of the wrong kind from one that is away', async () => {
    const driver = createKafkajsDriver({ brokers: bootstrap, ssl: true })
    await expect(driver.describeTopics(['orders'], never)).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_UNAUTHORIZED',
    })
  })

  test('a member that reaches no broker dies once', async () => {
    const { group } = await setup()
    const driver = createKafkajsDriver({ brokers: ['127.0.0.1:1'], connectLimitMs: 500 })
    const fatal: Error[] = []
    const member = await new Promise<ReturnType<typeof driver.join>>((resolve) => {
      const joined = driver.join(
        { ...lean, group, topics: ['orders'] },
        { ...silent, onFatal: (error) => resolve((fatal.push(error), joined)) },
      )
    })
    await member.leave()
    expect(fatal).toMatchObject([
      { code: 'MILLRACE_DRIVER_MEMBER_DIED', cause: { code: 'MILLRACE_DRIVER_UNREACHABLE' } },
    ])
  })

  test('leaves no handle behind, for members that worked, idled, or never joined', async () => {
    const { join, produce, driver } = await setup()
    const before = countHandles()
    await produce(10)
    const working = join()
    await working.when('handled', ({ handled }) => handled.length === 10)
    const idle = [join(), join()]
    await Promise.all(idle.map((one) => one.when('joined', ({ assignments }) => assignments.length > 0)))
    join()
    await leaveAll()
    await driver.close()
    // By turns of the event loop: a timer of the test would be counted, too.
    const endMs = performance.now() + 3000
    while (countHandles() > before && performance.now() < endMs) await new Promise((resolve) => setImmediate(resolve))
    expect(countHandles()).toBeLessThanOrEqual(before)
  })
})

const lean = {
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 500,
  rebalanceTimeoutMs: 10_000,
  revokeDrainMs: 5000,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1_000_000,
} as const

const silent = {
  onAssigned: () => undefined,
  onRevoked: () => undefined,
  onRecords: () => undefined,
  onEvent: () => undefined,
}

/** Sockets and timers that keep the process alive. */
const countHandles = (): number =>
  process.getActiveResourcesInfo().filter((name) => ['TCPSocketWrap', 'TLSWrap', 'Timeout'].includes(name)).length
