import {
  createKafkaAdmin,
  isUnavailable,
  type JvmCluster,
  type KafkaAdmin,
  type Probe,
  startJvmCluster,
  uniqueName,
} from '@millrace/testing'
import { describeWithBroker, type SuiteBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClosableProducer, createProducer, silentLogger, topic, utf8 } from './index.js'

const partitions = 3
const keys = 20
const isWanted = process.env['MILLRACE_THREE_NODES'] === '1'
if (!isWanted) process.stderr.write('skipped: a producer and three nodes: set MILLRACE_THREE_NODES=1 (three JVMs)\n')

const topicOf = (name: string) => topic(name, { key: utf8, value: utf8 })

/** Sends groups of 50, each key several times, two groups at a time, until `stop`. */
function load(producer: ClosableProducer<ReturnType<typeof topicOf>>) {
  let next = 0
  let isOver = false
  const stored: { readonly value: string; readonly partition: number; readonly offset: bigint }[] = []
  const failed: unknown[] = []
  const one = async (): Promise<void> => {
    while (!isOver) {
      const values = Array.from({ length: 50 }, () => String(next++))
      const messages = values.map((value) => ({ key: `k${Number(value) % keys}`, value }))
      try {
        const reports = await producer.sendMany(messages)
        for (const [at, { partition, offset }] of reports.entries())
          stored.push({ value: values[at] ?? '', partition, offset })
      } catch (error) {
        failed.push(error)
      }
    }
  }
  const sending = Promise.all([one(), one()])
  return {
    /** Resolves when every partition has stored something that was sent after this call. */
    async progress() {
      const from = next
      const since = () => stored.filter(({ value }) => Number(value) >= from).map(({ partition }) => partition)
      await expect.poll(() => new Set(since()).size).toBe(partitions)
    },
    async stop() {
      isOver = true
      await sending
      return { stored, failed }
    },
  }
}

type Suite = (broker: SuiteBroker) => void
const suite = isWanted
  ? (name: string, body: Suite) => describeWithBroker(name, { needs: ['several nodes'] }, body)
  : (name: string, body: Suite) => describe.skip(name, () => void body)

suite('a producer of users and three nodes', ({ probeOf }) => {
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

  test('loses nothing, doubles nothing and keeps the order of each key while one broker of three is killed', async () => {
    const name = uniqueName('three')
    await admin.createTopic(name, { partitions, replication: 3 })
    const env = { KAFKA_BROKERS: cluster.bootstrap.join(',') }
    await using producer = createProducer(topicOf(name), { env, logger: silentLogger })
    const flow = load(producer)
    await flow.progress()
    const leader = await admin.leaderOf(name, 0)
    const node = cluster.nodes.find(({ id }) => id === leader)
    if (node === undefined) throw new Error(`there is no node ${leader}`)
    await node.control.kill()
    await flow.progress()
    await node.control.restart()
    await flow.progress()
    const { stored, failed } = await flow.stop()

    expect(failed).toEqual([])
    const read = await probe.read(name)
    expect(read).toHaveLength(stored.length)
    const places = new Map(read.map(({ partition, offset, value }) => [String(value), `${partition}@${offset}`]))
    expect(stored.filter((one) => places.get(one.value) !== `${one.partition}@${one.offset}`)).toEqual([])
    for (let key = 0; key < keys; key += 1) {
      const values = read.filter((one) => String(one.key) === `k${key}`).map(({ value }) => Number(String(value)))
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
  })
})
