import { type DeliveryReport, isMillraceError, type Logger, type SenderOptions, silentLogger } from '@millrace/core'
import { createKafkaAdmin, type KafkaAdmin, type OwnBrokerBehindProxy, type Probe, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { type ForgedProducer, openForgedProducer } from './test-support/forged-producer.js'

const SECOND = 1_000

// A broker of its own behind the fault proxy; the probe looks on from the other side.
/** How soon a producer id may be forgotten; the time-stamps that it was made with. */
const expiry = { 'producer.id.expiration.check.interval.ms': '200', 'log.message.timestamp.type': 'CreateTime' }

describeWithBroker('a sender under fire', ({ launchBehindProxy, probeOf, lacks }) => {
  const canExpire = !lacks('producer expiry')
  let behind: OwnBrokerBehindProxy
  let probe: Probe
  let admin: KafkaAdmin

  beforeAll(async () => {
    behind = await launchBehindProxy(canExpire ? { properties: expiry } : {})
    probe = probeOf(behind.broker.bootstrap)
    admin = createKafkaAdmin(probe)
  })
  afterAll(async () => {
    await probe?.close()
    await behind?.stop()
  })

  async function stage(partitions: number, options: Partial<SenderOptions> = {}, configs: Record<string, string> = {}) {
    const [topic, clientId] = [uniqueName('fire'), uniqueName('sender')]
    await admin.createTopic(topic, { partitions, configs })
    const lines: string[] = []
    const line = (_facts: object, text: string): void => void lines.push(text)
    const logger: Logger = { ...silentLogger, info: line, warn: line, child: () => logger }
    const sender = await createKafkajsDriver({ brokers: behind.bootstrap, clientId, logger }).openSender(options)
    onTestFinished(async () => {
      behind.proxy.heal()
      await sender.close({ timeoutMs: 100 }).catch(() => undefined) // what it could not send was looked at
    })
    const idsBefore = behind.proxy.seen.get('InitProducerId') ?? 0
    const send = (value: string | Buffer, partition = 0): Promise<DeliveryReport> =>
      sender.send({ topic, partition, key: null, value: Buffer.from(value) })
    return {
      topic,
      clientId,
      sender,
      lines,
      send,
      /** The offset, or the code of the error. */
      outcome: (value: string | Buffer, partition = 0) => send(value, partition).then(({ offset }) => offset, codeOf),
      stored: async (partition = 0) =>
        (await probe.read(topic, { partitions: [partition] })).map(({ value }) => String(value)),
      /** Producer ids that this sender has asked for. */
      ids: () => (behind.proxy.seen.get('InitProducerId') ?? 0) - idsBefore,
    }
  }
  const seen = () => ({
    produce: behind.proxy.seen.get('Produce') ?? 0,
    connects: behind.proxy.seen.get('ApiVersions') ?? 0,
  })
  const codeOf = (error: unknown): string => (isMillraceError(error) ? error.code : String(error))
  async function openForged(): Promise<ForgedProducer> {
    const forged = await openForgedProducer(behind.broker.bootstrap)
    onTestFinished(() => forged.close())
    return forged
  }
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, number) => String(number))

  test.each([
    ['answers that the broker gave are lost', 'dropAnswers'],
    ['requests are lost on their way to the broker', 'dropRequests'],
  ] as const)('stores each record once and in order where %s', async (_what, drop) => {
    const { send, stored, ids } = await stage(3)
    await send('first')
    const rounds = numbers(5)
    const values = rounds.flatMap((round) => numbers(30).map((number) => `${round}.${number}`))
    for (const round of rounds) {
      const lost = behind.proxy[drop]({ api: 'Produce', times: 2 })
      const ofRound = values.filter((value) => value.startsWith(`${round}.`))
      await Promise.all(ofRound.map((value, index) => send(value, index % 3)))
      expect(lost.fired).toBe(2)
    }
    const expected = (partition: number): string[] =>
      values.filter((value) => Number(value.split('.')[1]) % 3 === partition)
    expect(await stored(0)).toEqual(['first', ...expected(0)])
    expect([await stored(1), await stored(2)]).toEqual([expected(1), expected(2)])
    expect(ids()).toBe(1)
  })

  test('keeps the order of each partition with several requests in flight, of which some are lost', async () => {
    const { topic, sender, stored, ids } = await stage(6, { maxBatchBytes: 600_000, maxBufferedBytes: 64_000_000 })
    await sender.send({ topic, partition: 0, key: null, value: Buffer.from('first') })
    const padding = '.'.repeat(100_000)
    const before = behind.proxy.seen.get('Produce') ?? 0
    const lost = behind.proxy.dropAnswers({ api: 'Produce', times: 4 })
    await Promise.all(
      numbers(120).map((number) =>
        sender.send({ topic, partition: Number(number) % 6, key: null, value: Buffer.from(`${number}${padding}`) }),
      ),
    )
    expect(lost.fired).toBe(4)
    expect((behind.proxy.seen.get('Produce') ?? 0) - before).toBeGreaterThan(6)
    for (const partition of [0, 1, 2, 3, 4, 5]) {
      const found = (await stored(partition)).map((value) => Number.parseInt(value, 10)).filter(Number.isInteger)
      expect(found).toEqual(
        numbers(120)
          .map(Number)
          .filter((number) => number % 6 === partition),
      )
    }
    expect(ids()).toBe(1)
  })

  test('repeats what a silent broker may have, and what reaches it late is dropped there', async () => {
    const { send, stored, ids } = await stage(1, { deliveryTimeoutMs: 9 * SECOND })
    await send('before')
    const silence = behind.proxy.blackHole({ api: 'Produce' })
    const before = behind.proxy.seen.get('Produce') ?? 0
    const sent = send('during')
    await expect.poll(() => behind.proxy.seen.get('Produce')).toBe(before + 2) // given up once, and sent again
    silence.end()
    expect(await sent).toMatchObject({ offset: 1n })
    expect([await stored(), ids()]).toEqual([['before', 'during'], 1])
  })

  test('repeats what a stopped process had taken (SIGSTOP), on a connection of its own', async () => {
    const { send, stored, ids } = await stage(1, { deliveryTimeoutMs: 15 * SECOND })
    await send('before')
    const { control } = behind.broker
    const before = seen()
    control.pause()
    let sent: Promise<unknown>
    try {
      sent = send('during')
      await expect.poll(() => seen().produce - before.produce).toBe(1)
      // Given up after a third of the delivery time; the kernel takes the new connection.
      await expect.poll(() => seen().connects - before.connects).toBeGreaterThan(0)
    } finally {
      control.resume()
    }
    await sent
    expect([await stored(), ids()]).toEqual([['before', 'during'], 1])
  })

  test('says which records are unknown and which were never sent, and goes on under another producer id', async () => {
    const { send, outcome, stored, ids } = await stage(2, { deliveryTimeoutMs: 4 * SECOND })
    await send('before')
    const idsBefore = ids()
    const lost = behind.proxy.dropAnswers({ api: 'Produce', times: 1_000 })
    const unknown = outcome('in doubt')
    await lost.struck(AbortSignal.timeout(20 * SECOND))
    behind.proxy.refuse()
    behind.proxy.cut()
    const never = outcome('never sent', 1)
    expect(await Promise.all([unknown, never])).toEqual(['MILLRACE_PRODUCE_UNKNOWN', 'MILLRACE_PRODUCE_TIMED_OUT'])
    behind.proxy.heal()
    expect(await send('after')).toMatchObject({ offset: 2n })
    expect([await stored(0), await stored(1)]).toEqual([['before', 'in doubt', 'after'], []])
    expect(ids()).toBeGreaterThan(idsBefore)
  })

  test('finds the one record that does not fit into a segment, and stores the rest of its batch', async () => {
    const configs = { 'segment.bytes': '1048576', 'max.message.bytes': '8000000' }
    const { outcome, stored, ids } = await stage(1, { compression: 'none', maxBatchBytes: 4_000_000 }, configs)
    const sizes = [300_000, 300_000, 1_200_000, 300_000, 300_000, 300_000]
    const outcomes = await Promise.all(sizes.map((size, index) => outcome(Buffer.alloc(size, String(index)))))
    expect(outcomes).toEqual([0n, 1n, 'MILLRACE_PRODUCE_TOO_LARGE', 2n, 3n, 4n])
    expect([(await stored()).map((value) => value[0]), ids()]).toEqual([['0', '1', '3', '4', '5'], 1])
  })

  test.skipIf(lacks('quotas'))(
    'honours a quota without losing its connection, says so once, and stores everything',
    async () => {
      const { clientId, send, stored, lines, ids } = await stage(1, { compression: 'none' })
      await send('first')
      // Kafka looks at ten seconds: half of the quota is used up by each record.
      await admin.alterQuotas({ clientId }, { producer_byte_rate: 4_000 })
      onTestFinished(() => admin.alterQuotas({ clientId }, { producer_byte_rate: null }))
      const [connections, produced] = [behind.proxy.connections, behind.proxy.seen.get('Produce') ?? 0]
      const isThrottled = (): boolean => lines.includes('a quota of the cluster slows sending down')
      let sent = 0
      for (; !isThrottled() && sent < 10; sent += 1) await send(String(sent).padEnd(21_000, '.'))
      const sentWhileThrottled = send('last')
      const startedMs = performance.now()
      await sentWhileThrottled
      expect(performance.now() - startedMs).toBeGreaterThan(100)
      expect((await stored()).map((value) => value[0])).toEqual(['f', ...numbers(sent), 'l'])
      expect(lines.filter((line) => line.includes('quota'))).toHaveLength(1)
      const [connectionsNow, producedNow] = [behind.proxy.connections, behind.proxy.seen.get('Produce') ?? 0]
      expect([connectionsNow, producedNow - produced, ids()]).toEqual([connections, sent + 1, 1])
    },
  )

  test.each([
    ['a later epoch of its id has written (INVALID_PRODUCER_EPOCH)', { epoch: 1, baseSequence: 0 }],
    ['its sequence has run ahead (OUT_OF_ORDER_SEQUENCE_NUMBER)', { epoch: 0, baseSequence: 1 }],
  ])('goes on under a new id, in order, where %s', async (_what, forgery) => {
    const { topic, send, stored, ids } = await stage(1)
    await send('before')
    const forged = await openForged()
    const id = await forged.lastId()
    const idsBefore = ids()
    expect(await forged.produce({ topic, partition: 0, id, ...forgery, values: ['x', 'x'] })).toBe(0)
    await Promise.all(['a', 'b', 'c'].map((value) => send(value)))
    await send('d')
    expect(await stored()).toEqual(['before', 'x', 'x', 'a', 'b', 'c', 'd'])
    expect(ids() - idsBefore).toBe(1)
  })

  test.runIf(canExpire)(
    'goes on under its id where the broker has forgotten it, and where its records were deleted',
    async () => {
      const { topic, send, stored, ids } = await stage(2)
      await Promise.all([send('a', 0), send('b', 1)])
      const forged = await openForged()
      const id = await forged.lastId()
      const idsBefore = ids()
      await admin.alterBroker(1, { 'producer.id.expiration.ms': '300' })
      onTestFinished(() => admin.alterBroker(1, { 'producer.id.expiration.ms': null }))
      // A gap in the sequence is taken only from a producer that is unknown.
      const gap = { topic, partition: 1, id, epoch: 0, baseSequence: 50, values: ['forged'] }
      await expect.poll(() => forged.produce(gap)).toBe(0)
      expect(await send('c', 0)).toMatchObject({ offset: 1n })
      await admin.deleteRecords(topic, new Map([[0, 2n]]))
      expect(await send('d', 0)).toMatchObject({ offset: 2n })
      expect([await stored(0), ids() - idsBefore]).toEqual([['d'], 0])
    },
  )

  test('refuses what waits for a topic that is deleted, and goes on with its others', async () => {
    const { topic, sender, outcome } = await stage(1)
    const other = await stage(1)
    const named = (last: unknown): string => (typeof last === 'string' ? last : 'stored')
    const outcomes = new Set([named(await outcome('before'))])
    let isDeleted = false
    const sending = (async () => {
      // Ends with the first refusal after the deletion.
      for (let last: unknown; !(isDeleted && typeof last === 'string'); outcomes.add(named(last))) {
        last = await outcome('x')
        const beside = await sender.send({ topic: other.topic, partition: 0, key: null, value: Buffer.from('y') })
        expect(beside.topic).toBe(other.topic)
      }
    })()
    await admin.deleteTopic(topic)
    isDeleted = true
    await sending
    expect([...outcomes].toSorted()).toEqual(['MILLRACE_PRODUCE_REFUSED', 'stored'])
    expect((await other.stored()).length).toBeGreaterThan(0)
  })

  test('sends what waited as soon as a killed broker is back', async () => {
    const { send, stored } = await stage(1, { deliveryTimeoutMs: 60 * SECOND })
    await send('before')
    await behind.broker.control.kill()
    const sent = numbers(100).map((number) => send(number))
    await behind.broker.control.restart()
    await Promise.all(sent)
    expect(await stored()).toEqual(['before', ...numbers(100)])
  })
})
