import { isMillraceError, type Logger, type Sender, type SenderOptions, silentLogger } from '@millrace/core'
import {
  createKafkaAdmin,
  isUnavailable,
  type Probe,
  type JvmCluster,
  type KafkaAdmin,
  startJvmCluster,
  uniqueName,
} from '@millrace/testing'
import { describeWithBroker, type SuiteBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'

const partitions = 3
const isWanted = process.env['MILLRACE_THREE_NODES'] === '1'
if (!isWanted) process.stderr.write('skipped: a sender and three nodes: set MILLRACE_THREE_NODES=1 (three JVMs)\n')

/** Sends without a pause, 20 at a time, until `stop`; then tells what became of each record. */
function load(sender: Sender, topic: string) {
  let next = 0
  let isOver = false
  const acknowledged: { readonly value: string; readonly partition: number; readonly offset: bigint }[] = []
  const failed: string[] = []
  const sending = Promise.all(
    Array.from({ length: 20 }, async () => {
      while (!isOver) {
        const number = next++
        const value = String(number)
        try {
          const { partition, offset } = await sender.send({
            topic,
            partition: number % partitions,
            key: null,
            value: Buffer.from(value),
          })
          acknowledged.push({ value, partition, offset })
        } catch (error) {
          failed.push(isMillraceError(error) ? error.code : String(error))
        }
      }
    }),
  )
  return {
    acknowledged,
    /** Resolves when every partition has acknowledged something that was sent after this call. */
    async progress() {
      const from = next
      await expect
        .poll(() => new Set(acknowledged.filter((one) => Number(one.value) > from).map((one) => one.partition)).size)
        .toBe(partitions)
    },
    async stop() {
      isOver = true
      await sending
      return { acknowledged, failed }
    },
  }
}

type Suite = (broker: SuiteBroker) => void
const suite = isWanted
  ? (name: string, body: Suite) => describeWithBroker(name, { needs: ['several nodes'] }, body)
  : (name: string, body: Suite) => describe.skip(name, () => void body)

suite('a sender and three nodes', ({ probeOf }) => {
  let cluster: JvmCluster
  let probe: Probe
  let admin: KafkaAdmin

  beforeAll(async () => {
    const started = await startJvmCluster()
    if (isUnavailable(started)) throw new Error(started.unavailable)
    cluster = started
    probe = probeOf(started.bootstrap)
    admin = createKafkaAdmin(probe)
  })
  afterAll(async () => {
    await probe?.close()
    await cluster?.stop()
  })

  const nodeOf = (id: number | null) => {
    const node = cluster.nodes.find((one) => one.id === id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }
  async function openSender(options: Partial<SenderOptions> = {}) {
    const lines: string[] = []
    const line = (_facts: object, text: string): void => void lines.push(text)
    const logger: Logger = { ...silentLogger, warn: line, child: () => logger }
    const sender = await createKafkajsDriver({ brokers: cluster.bootstrap, logger }).openSender(options)
    onTestFinished(() => sender.close({ timeoutMs: 1_000 }))
    return { sender, lines }
  }
  async function loadedTopic(options: Partial<SenderOptions> = {}) {
    const topic = uniqueName('three')
    await admin.createTopic(topic, { partitions, replication: 3 })
    const { sender, lines } = await openSender(options)
    const flow = load(sender, topic)
    await flow.progress()
    return { topic, flow, lines }
  }
  /** What Java reads is what was acknowledged: once each, at its offset, in the order of the calls. */
  async function judge(topic: string, { acknowledged, failed }: Awaited<ReturnType<ReturnType<typeof load>['stop']>>) {
    const stored = await probe.read(topic)
    expect(failed).toEqual([])
    expect(stored.length).toBe(acknowledged.length)
    const places = new Map(stored.map(({ partition, offset, value }) => [String(value), `${partition}@${offset}`]))
    expect(acknowledged.filter((one) => places.get(one.value) !== `${one.partition}@${one.offset}`)).toEqual([])
    for (const partition of [0, 1, 2]) {
      const order = stored.filter((one) => one.partition === partition).map(({ value }) => Number(value))
      expect(order).toEqual(order.toSorted((a, b) => a - b))
    }
  }

  test('leaders that move under load cost nothing: every record once, in order, under one producer id', async () => {
    const { topic, flow, lines } = await loadedTopic()
    for (const to of [1, 2, 3, 1]) {
      for (const partition of [0, 1, 2]) await admin.moveLeader(topic, partition, to)
      await flow.progress()
    }
    await judge(topic, await flow.stop())
    expect(lines).not.toContain('producer id given up')
  })

  test('a killed leader loses nothing that was acknowledged, and doubles nothing', async () => {
    const { topic, flow } = await loadedTopic()
    const node = nodeOf(await admin.leaderOf(topic, 0))
    await node.control.kill()
    await flow.progress()
    await node.control.restart()
    await flow.progress()
    await judge(topic, await flow.stop())
  })

  test('a frozen leader is left within the failover and one request time-out', async () => {
    const { topic, flow } = await loadedTopic({ deliveryTimeoutMs: 30_000 }) // a request may take 10 s
    const node = nodeOf(await admin.leaderOf(topic, 0))
    const frozenAt = performance.now()
    node.control.pause()
    try {
      await flow.progress()
      expect(performance.now() - frozenAt).toBeLessThan(20_000)
    } finally {
      node.control.resume()
    }
    await flow.progress()
    await judge(topic, await flow.stop())
  })

  test('too few replicas are waited for until the delivery time, and named', async () => {
    const topic = uniqueName('replicas')
    await admin.createTopic(topic, { assignment: [[1, 2]], configs: { 'min.insync.replicas': '2' } })
    const { sender } = await openSender({ deliveryTimeoutMs: 3_000 })
    const send = (text: string) => sender.send({ topic, partition: 0, key: null, value: Buffer.from(text) })
    await send('before')
    await nodeOf(2).control.kill()
    try {
      await expect.poll(async () => (await admin.describeTopic(topic)).partitions[0]?.inSync).toEqual([1])
      await expect(send('refused')).rejects.toMatchObject({
        code: 'MILLRACE_PRODUCE_TIMED_OUT',
        cause: { message: expect.stringContaining('NOT_ENOUGH_REPLICAS') },
      })
    } finally {
      await nodeOf(2).control.restart()
    }
    await expect.poll(() => send('after').then(() => 'stored', String)).toBe('stored')
    expect((await probe.read(topic)).map(({ value }) => String(value))).toEqual(['before', 'after'])
  })
})
