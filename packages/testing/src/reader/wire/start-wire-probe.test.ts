import { once } from 'node:events'
import { connect } from 'node:net'
import { on } from '@millrace/broker'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startEmbeddedBroker } from '../../brokers/embedded-broker.js'
import { createKafkaAdmin } from '../../brokers/kafka-admin.js'
import { createProbe } from '../probe.js'
import { startWireProbe } from './start-wire-probe.js'

async function setup() {
  const [broker, running] = await Promise.all([startEmbeddedBroker({ topics: { orders: 2 } }), startWireProbe()])
  const probe = createProbe({ port: running.port, bootstrap: broker.bootstrap })
  onTestFinished(async () => {
    await probe.close()
    await running.stop()
    await broker.stop()
  })
  return { ...broker, running, probe, admin: createKafkaAdmin(probe) }
}
const texts = (records: readonly { readonly value: Buffer | null }[]) => records.map(({ value }) => String(value))

// What it answers about a Kafka that is well is compared with Java in probe.integration.ts.
describe('the wire probe', () => {
  test('stores each record once, however often its answers are lost', async () => {
    const { broker, probe } = await setup()
    broker.faults.add(on('Produce').nth(1, 3).dropAnswer())
    const values = ['a', 'b', 'c', 'd']
    await probe.produce(
      'orders',
      values.map((value) => ({ partition: 0, value })),
      { recordsPerBatch: 1 },
    )
    expect(texts(await probe.read('orders'))).toEqual(values)
  })

  test('follows a topic through a restart, and loses and repeats nothing', async () => {
    const { control, probe } = await setup()
    const tail = probe.tail('orders')
    await probe.produce('orders', [{ partition: 0, value: 'before' }])
    await expect.poll(() => tail.records.length).toBe(1)
    await control.kill()
    const sent = probe.produce('orders', [{ partition: 1, value: 'during' }])
    await control.restart()
    await sent
    await probe.produce('orders', [{ partition: 0, value: 'after' }])
    expect(texts(await tail.finish()).toSorted()).toEqual(['after', 'before', 'during'])
  })

  test('asks for a coordinator again, and for a transaction whose markers are written', async () => {
    const { broker, probe } = await setup()
    broker.faults.add(on('FindCoordinator').times(2).error('COORDINATOR_NOT_AVAILABLE'))
    const producer = await probe.transactional('tx')
    await producer.begin()
    await producer.send('orders', [{ partition: 0, value: 'a' }])
    const release = broker.holdMarkers()
    let isCommitted = false
    const committed = producer.commit().then(() => (isCommitted = true))
    await broker.until((view) => view.transaction('tx')?.status === 'PrepareCommit')
    expect(texts(await probe.read('orders'))).toEqual([])
    expect(isCommitted).toBe(false)
    release()
    await committed
    expect(texts(await probe.read('orders'))).toEqual(['a'])
  })

  test('gives up in time where nobody answers, and goes on with the next call', async () => {
    const { control, probe, admin } = await setup()
    control.pause()
    await expect(admin.listTopics({ timeoutMs: 300 })).rejects.toMatchObject({ kafkaError: 'TimeoutException' })
    await expect(probe.read('orders', { timeoutMs: 300 })).rejects.toMatchObject({ kafkaError: 'TimeoutException' })
    control.resume()
    expect(await admin.listTopics()).toEqual(['orders'])
  })

  test('refuses what it does not know by name', async () => {
    const { probe, admin } = await setup()
    const settings = { properties: { 'security.protocol': 'SASL_SSL' } }
    await expect(probe.produce('orders', [{ value: 'x' }], settings)).rejects.toMatchObject({
      kafkaError: 'ConfigException',
    })
    await expect(admin.alterQuotas({ clientId: 'a' }, {})).rejects.toMatchObject({
      kafkaError: 'UnsupportedVersionException',
    })
    await expect(admin.moveLeader('orders', 0, 7)).rejects.toMatchObject({ kafkaError: 'UnsupportedVersionException' })
    await expect(admin.addPartitions('orders', 1)).rejects.toMatchObject({ kafkaError: 'InvalidPartitionsException' })
    const acl = { resource: 'TOPIC', name: 'orders', principal: 'User:bob', operation: 'WRITE' } as const
    await expect(admin.createAcls([acl])).rejects.toMatchObject({ kafkaError: 'SecurityDisabledException' })
    await expect(admin.deleteAcls([acl])).rejects.toMatchObject({ kafkaError: 'SecurityDisabledException' })
  })

  test.each(['no JSON\n', '{"id":1}\n', '[]\n'])('ends the connection of whoever says %j', async (line) => {
    const { running } = await setup()
    const socket = connect(running.port, '127.0.0.1')
    socket.write(line)
    await once(socket, 'close')
  })

  test('ends the connections of its clients when it stops, and is stopped once', async () => {
    const { running } = await setup()
    const socket = connect(running.port, '127.0.0.1')
    await once(socket, 'connect')
    await Promise.all([running.stop(), running.stop(), once(socket, 'close')])
  })
})
