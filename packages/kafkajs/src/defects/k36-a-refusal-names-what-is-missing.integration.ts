import { isMillraceError, type MillraceError } from '@millrace/core'
import { createKafkaAdmin, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createTopicAdmin } from '../admin/topic-admin.js'
import type { SaslOptions } from '../client/connection-options.js'
import type { KafkajsDriverOptions } from '../kafkajs-driver-options.js'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'
import { type Listener, type SecuredBroker, startSecuredBroker, users } from './test-support/secured-broker.js'

const never = new AbortController().signal
const { alice, bob, carol } = users
const bearer = (value: string): SaslOptions => ({ mechanism: 'oauthbearer', token: async () => ({ value }) })
const quick = { retries: 1, initialRetryTime: 50, maxRetryTime: 50 }

/** What an operator reads: what happened and what to do. */
const told = ({ message, todo }: MillraceError): string => `${message}\n${todo}`

const what = 'K36: whoever is refused is told which permission or setting is missing'
describeWithBroker(what, { needs: ['security'] }, ({ probeOf }) => {
  let broker: SecuredBroker
  let probe: ReturnType<typeof probeOf>
  let admin: ReturnType<typeof createKafkaAdmin>
  const topic = uniqueName('secret')
  const open = uniqueName('open')

  beforeAll(async () => {
    broker = await startSecuredBroker()
    probe = probeOf(broker.bootstrap)
    admin = createKafkaAdmin(probe)
    await Promise.all([admin.createTopic(topic), admin.createTopic(open)])
  })
  afterAll(async () => {
    await probe?.close()
    await broker?.stop()
  })

  const driverAt = (listener: Listener, options: Partial<KafkajsDriverOptions> = {}) =>
    createKafkajsDriver({ brokers: broker.at(listener), ...options })
  const refusalOf = async (work: Promise<unknown>): Promise<MillraceError> => {
    const error: unknown = await work.then(
      () => 'it was not refused',
      (thrown: unknown) => thrown,
    )
    if (!isMillraceError(error)) throw error
    return error
  }
  const openTransactions = (sasl: SaslOptions, transactionalId: string, driver = driverAt('SASL', { sasl })) =>
    driver.openTransactions({ transactionalId, transactionTimeoutMs: 15_000 }, never)
  const join = (options: Partial<KafkajsDriverOptions>, group: string, topics: readonly string[]): ScriptedPipeline => {
    const pipeline = new ScriptedPipeline(driverAt('SASL', options), memberOptions(group, topics))
    onTestFinished(() => pipeline.leave())
    return pipeline
  }

  test('red on bare kafkajs: a group without permission is a coordinator that can not be found, and final', async () => {
    await broker.allow('carol', 'TOPIC', topic, 'READ')
    const bare = await bareConsumer({
      brokers: broker.at('SASL'),
      topics: [topic],
      group: 'forbidden',
      kafka: { sasl: { ...carol } },
      consumer: { retry: quick },
    })
    await expect
      .poll(() => bare.crashes)
      .toMatchObject([{ restart: false, error: { name: 'KafkaJSGroupCoordinatorNotFound' } }])
    expect(String(bare.crashes[0]?.error)).not.toMatch(/AUTHORIZ/i)
  })

  test('red on bare kafkajs: no SASL where it is asked for is a closed connection, worth trying again', async () => {
    const connecting = bareConsumer({
      brokers: broker.at('SASL'),
      topics: [topic],
      group: 'any',
      kafka: { retry: quick },
    })
    await expect(connecting).rejects.toMatchObject({ message: 'Closed connection', retriable: true })
  })

  test('red on bare kafkajs: a topic permission that is taken away at run time ends the consumer of all topics', async () => {
    const group = uniqueName('readers')
    await broker.allow('carol', 'GROUP', group, 'READ')
    for (const name of [topic, open]) await broker.allow('carol', 'TOPIC', name, 'READ')
    const kafka = { sasl: { ...carol } }
    const bare = await bareConsumer({ brokers: broker.at('SASL'), topics: [topic, open], group, kafka })
    await probe.produce(open, [{ value: 'x' }])
    await expect.poll(() => bare.records.length).toBe(1)
    await broker.forbid('carol', 'TOPIC', topic)
    await expect.poll(() => bare.crashes).toMatchObject([{ restart: false }])
  })

  test('red on bare kafkajs: a token that is not taken is a request at the wrong time', async () => {
    const oauthBearerProvider = async () => ({ value: 'no-token' })
    const sasl = { mechanism: 'oauthbearer', oauthBearerProvider } as const
    const topics = { topics: [topic], group: 'any' }
    const connecting = bareConsumer({ brokers: broker.at('SHORT'), ...topics, kafka: { sasl, retry: quick } })
    await expect(connecting).rejects.toMatchObject({ type: 'ILLEGAL_SASL_STATE' })
  })

  test('green: a token source that fails is asked again, and named with its cause when the time is over', async () => {
    let asked = 0
    const token = async () => {
      asked += 1
      throw new Error('the login server is away')
    }
    const driver = driverAt('SHORT', { sasl: { mechanism: 'oauthbearer', token }, connectLimitMs: 1000 })
    const refusal = await refusalOf(driver.describeTopics([open], never))
    expect([refusal.code, refusal.cause]).toEqual([
      'MILLRACE_DRIVER_TOKEN_UNAVAILABLE',
      expect.objectContaining({ message: 'the login server is away' }),
    ])
    expect(asked).toBeGreaterThan(2)
  })

  test('green: the right credentials connect every client: look-up, member and sender', async () => {
    const driver = driverAt('SASL', { sasl: alice })
    expect([...(await driver.describeTopics([open], never)).keys()]).toEqual([open])
    const sender = await driver.openSender()
    await sender.send({ topic: open, key: null, value: Buffer.from('mine') })
    await sender.close()
    const pipeline = join({ sasl: alice }, uniqueName('readers'), [open])
    await pipeline.when('the record', ({ handled }) => handled.some(({ value }) => value === 'mine'))
  })

  test('green: SCRAM, TLS and mutual TLS connect', async () => {
    const { ca, client } = broker
    const ways: readonly (readonly [Listener, Partial<KafkajsDriverOptions>])[] = [
      ['SASL', { sasl: { ...alice, mechanism: 'scram-sha-256' } }],
      ['TLS', { ssl: { ca } }],
      ['MTLS', { ssl: { ca, ...client } }],
    ]
    for (const [listener, options] of ways) {
      expect([...(await driverAt(listener, options).describeTopics([open], never)).keys()]).toEqual([open])
    }
  })

  test.concurrent.each<[string, Listener, SaslOptions | undefined, RegExp]>([
    ['PLAIN, a wrong password', 'SASL', { ...alice, password: 'wrong' }, /Invalid username or password/],
    ['PLAIN, an unknown user', 'SASL', { ...alice, username: 'nobody' }, /Invalid username or password/],
    [
      'SCRAM, a wrong password',
      'SASL',
      { ...alice, mechanism: 'scram-sha-256', password: 'wrong' },
      /credentials.*SCRAM-SHA-256/is,
    ],
    ['a mechanism that is not enabled', 'SASL', { ...alice, mechanism: 'scram-sha-512' }, /mechanism is not enabled/],
    ['SASL where none is asked for', 'PLAINTEXT', alice, /does not ask for it/],
    [
      'no SASL where it is asked for',
      'SASL',
      undefined,
      /asks for SASL \(PLAIN, SCRAM-SHA-256\), and none is configured/,
    ],
    ['no TLS, with SASL', 'SASLTLS', alice, /speaks TLS, and none is configured/],
    [
      'a token that the broker does not know',
      'SHORT',
      bearer('no-token'),
      /did not take the token.*invalid_token|invalid_token/,
    ],
  ])('green: %s is refused, by name', async (_fault, listener, sasl, words) => {
    const driver = driverAt(listener, sasl === undefined ? {} : { sasl })
    const refusal = await refusalOf(driver.describeTopics([open], never))
    expect(refusal.code).toBe('MILLRACE_DRIVER_UNAUTHORIZED')
    expect(told(refusal)).toMatch(words)
  })

  test.concurrent.each<[string, Listener, (from: SecuredBroker) => KafkajsDriverOptions['ssl'], RegExp]>([
    ['TLS at a plain listener', 'PLAINTEXT', () => true, /TLS is configured, and the listener speaks plain text/],
    ['TLS at a SASL listener without', 'SASL', () => true, /TLS is configured, and the listener speaks plain text/],
    ['TLS without the SASL that is asked for', 'SASLTLS', ({ ca }) => ({ ca }), /asks for SASL \(.*OAUTHBEARER.*\)/],
    [
      'a certificate of the broker that has expired',
      'EXPIRED',
      ({ ca }) => ({ ca }),
      /has expired.*the broker's.*renew/,
    ],
    ['no TLS at a TLS listener', 'TLS', () => false, /speaks TLS, and none is configured/],
    ['no authority', 'TLS', () => true, /self-signed certificate.*ssl\.ca/s],
    ['another authority', 'TLS', ({ otherCa }) => ({ ca: otherCa }), /certificate.*ssl\.ca/s],
    ['a name that is not in the certificate', 'WRONGNAME', ({ ca }) => ({ ca }), /does not match.*by a name/s],
    ['no client certificate', 'MTLS', ({ ca }) => ({ ca }), /client certificate.*ssl\.cert/s],
    [
      'a client certificate of another authority',
      'MTLS',
      ({ ca, otherClient }) => ({ ca, ...otherClient }),
      /certificate.*the broker trusts/s,
    ],
    [
      'a client certificate that has expired',
      'MTLS',
      ({ ca, expiredClient }) => ({ ca, ...expiredClient }),
      /certificate.*a valid certificate/s,
    ],
  ])('green: %s is refused, and named', async (_fault, listener, sslOf, words) => {
    const ssl = sslOf(broker)
    const driver = driverAt(listener, ssl === undefined ? {} : { ssl })
    const refusal = await refusalOf(driver.describeTopics([open], never))
    expect(refusal.code).toBe('MILLRACE_DRIVER_UNAUTHORIZED')
    expect(told(refusal)).toMatch(words)
  })

  test('green: topic DESCRIBE, of all topics at once', async () => {
    const refusal = await refusalOf(driverAt('SASL', { sasl: bob }).describeTopics([topic, 'missing'], never))
    for (const name of [topic, 'missing']) expect(refusal.message).toContain(`topic "${name}"`)
    expect(told(refusal)).toMatch(/DESCRIBE.*a topic that does not exist answers the same/s)
  })

  test.each([
    ['on this topic', open, /TOPIC_AUTHORIZATION_FAILED.*write permission/s],
    ['on any topic', undefined, /AUTHORIZATION_FAILED.*write permission/s],
  ])('green: topic WRITE, missing %s', async (_where, writable, words) => {
    const sasl = writable === undefined ? bob : carol
    if (writable !== undefined) await broker.allow('carol', 'TOPIC', writable, 'WRITE')
    await broker.allow(sasl.username, 'TOPIC', topic, 'DESCRIBE')
    const sender = await driverAt('SASL', { sasl }).openSender()
    onTestFinished(() => sender.close())
    const refusal = await refusalOf(sender.send({ topic, key: null, value: Buffer.from('x') }))
    expect(told(refusal)).toMatch(words)
  })

  test('green: WRITE on a transactional id, when it is opened', async () => {
    const refusal = await refusalOf(openTransactions(bob, 'forbidden-tx'))
    expect(refusal.code).toBe('MILLRACE_DRIVER_UNAUTHORIZED')
    expect(told(refusal)).toMatch(/transactional id "forbidden-tx".*WRITE on the transactional id/s)
  })

  test('green: topic WRITE and group READ inside a transaction', async () => {
    const [id, group] = [uniqueName('tx'), uniqueName('readers')]
    await broker.allow('carol', 'TRANSACTIONAL_ID', id, 'WRITE')
    await broker.allow('carol', 'TOPIC', topic, 'DESCRIBE')
    await broker.allow('carol', 'GROUP', group, 'READ')
    await broker.allow('carol', 'TOPIC', open, 'READ')
    const driver = driverAt('SASL', { sasl: carol })
    const sender = await openTransactions(carol, id, driver)
    onTestFinished(() => sender.close())
    const first = sender.begin()
    const refusal = await refusalOf(first.send({ topic, partition: 0, key: null, value: Buffer.from('x') }))
    expect(refusal.code).toBe('MILLRACE_PRODUCE_REFUSED')
    expect(told(refusal)).toMatch(/TOPIC_AUTHORIZATION_FAILED.*write permission/s)
    await first.abort()

    // Its heartbeat would hear of the permission too.
    const options = memberOptions(group, [open], { heartbeatIntervalMs: 10_000 })
    const pipeline = new ScriptedPipeline(driver, options)
    onTestFinished(() => pipeline.leave())
    await pipeline.when('its lease', ({ leases }) => leases.length === 1)
    const [lease] = pipeline.leases
    if (lease === undefined) throw new Error('no lease')
    await broker.forbid('carol', 'GROUP', group)
    const aborted = await refusalOf(sender.begin().commit([{ lease, offset: lease.startOffset }]))
    expect([aborted.code, isMillraceError(aborted.cause) && told(aborted.cause)]).toEqual([
      'MILLRACE_TRANSACTION_ABORTED',
      expect.stringMatching(new RegExp(`group "${group}".*READ`, 's')),
    ])
  })

  test('green: topic CREATE', async () => {
    const topics = createTopicAdmin({ brokers: broker.at('SASL'), sasl: bob })
    onTestFinished(() => topics.close())
    const wanted = { name: uniqueName('new'), partitions: 1, replication: 1 }
    const refusal = await refusalOf(topics.ensureTopics([wanted]))
    expect(refusal.code).toBe('MILLRACE_DRIVER_UNAUTHORIZED')
    expect(told(refusal)).toContain(wanted.name)
  })

  test('green: group READ: a member dies of exactly that', async () => {
    const pipeline = join({ sasl: bob }, 'forbidden', [open])
    await pipeline.when('the end', ({ fatal }) => fatal.length > 0)
    expect(pipeline.fatal).toMatchObject([
      { code: 'MILLRACE_DRIVER_MEMBER_DIED', cause: { code: 'MILLRACE_DRIVER_UNAUTHORIZED' } },
    ])
    expect(String(pipeline.fatal[0]?.cause)).toMatch(/group "forbidden".*READ/)
  })

  test('green: group READ that is taken away at run time', async () => {
    const group = uniqueName('readers')
    await broker.allow('carol', 'GROUP', group, 'READ')
    await broker.allow('carol', 'TOPIC', open, 'READ')
    const pipeline = join({ sasl: carol }, group, [open])
    await pipeline.when('its lease', ({ leases }) => leases.length === 1)
    await broker.forbid('carol', 'GROUP', group)
    await pipeline.when('the end', ({ fatal }) => fatal.length > 0)
    expect(pipeline.fatal).toMatchObject([{ cause: { code: 'MILLRACE_DRIVER_UNAUTHORIZED' } }])
  })

  test('green: topic READ, taken away at run time and given back, is the business of its own partition', async () => {
    const group = uniqueName('readers')
    await broker.allow('carol', 'GROUP', group, 'READ')
    for (const name of [topic, open]) await broker.allow('carol', 'TOPIC', name, 'READ')
    const pipeline = join({ sasl: carol }, group, [topic, open])
    await pipeline.when('both', ({ batches }) => batches.length >= 2)
    await broker.forbid('carol', 'TOPIC', topic)
    await pipeline.when('the event', ({ events }) => events.length > 0)
    expect(pipeline.events).toMatchObject([{ name: 'partition.failed', topic }])
    expect(told(failureIn(pipeline))).toMatch(/TOPIC_AUTHORIZATION_FAILED.*READ/s)

    const before = pipeline.handled.length
    await probe.produce(open, [{ value: 'still' }])
    await probe.produce(topic, [{ value: 'later' }])
    await pipeline.when('the other one', ({ handled }) => handled.slice(before).some(({ value }) => value === 'still'))
    await broker.allow('carol', 'TOPIC', topic, 'READ')
    await pipeline.when('the recovery', ({ handled }) => handled.some(({ value }) => value === 'later'))
    expect(pipeline.events.map(({ name }) => name)).toEqual(['partition.failed', 'partition.recovered'])
    expect(pipeline.assignments.length).toBe(1)
  })
})

function failureIn({ events }: ScriptedPipeline): MillraceError {
  for (const event of events) if (event.name === 'partition.failed' && isMillraceError(event.error)) return event.error
  throw new Error('no partition failed')
}
