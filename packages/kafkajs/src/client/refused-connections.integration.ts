import { isMillraceError } from '@millrace/core'
import { type BrokerUnderTest, createKafkaAdmin, isUnavailable, startJvmBroker, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import type { SaslOptions } from './connection-options.js'

const never = new AbortController().signal
const PLAIN_USERS =
  'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-secret" user_bob="bob-secret";'

// A broker of its own: one listener with SASL and permissions. Alice may do everything, Bob nothing.
describeWithBroker('refused connections', ({ probeOf }) => {
  let broker: BrokerUnderTest
  let probe: ReturnType<typeof probeOf>
  const topic = uniqueName('secret')

  beforeAll(async () => {
    const started = await startJvmBroker({
      listeners: [{ name: 'SASL', protocol: 'SASL_PLAINTEXT', properties: { 'plain.sasl.jaas.config': PLAIN_USERS } }],
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:alice',
      },
    })
    if (isUnavailable(started)) throw new Error(started.unavailable)
    broker = started
    probe = probeOf(broker.bootstrap)
    await createKafkaAdmin(probe).createTopic(topic)
  })
  afterAll(async () => {
    await probe?.close()
    await broker?.stop()
  })

  const driverAt = (listener: 'SASL' | 'PLAINTEXT', sasl?: SaslOptions) => {
    const brokers = listener === 'SASL' ? [broker.listeners['SASL'] ?? ''] : broker.bootstrap
    return createKafkajsDriver({ brokers, ...(sasl === undefined ? {} : { sasl }) })
  }
  const alice: SaslOptions = { mechanism: 'plain', username: 'alice', password: 'alice-secret' }
  const bob: SaslOptions = { mechanism: 'plain', username: 'bob', password: 'bob-secret' }

  test('the right credentials connect every client: look-up, member and sender', async () => {
    const driver = driverAt('SASL', alice)
    expect([...(await driver.describeTopics([topic], never)).keys()]).toEqual([topic])
    const sender = await driver.openSender()
    await sender.send({ topic, key: null, value: Buffer.from('x') })
    await sender.close()
    const pipeline = new ScriptedPipeline(driver, memberOptions(uniqueName('readers'), [topic]))
    await pipeline.when('the record', ({ handled }) => handled.length === 1)
    await pipeline.leave()
  })

  test.each<[string, 'SASL' | 'PLAINTEXT', SaslOptions | undefined, RegExp]>([
    ['a wrong password', 'SASL', { ...alice, password: 'wrong' }, /Invalid username or password/],
    ['a mechanism that is not enabled', 'SASL', { ...alice, mechanism: 'scram-sha-256' }, /mechanism is not enabled/],
    ['SASL where none is asked for', 'PLAINTEXT', alice, /does not ask for it/],
    ['no SASL where it is asked for', 'SASL', undefined, /closes the connection without a word/],
    ['a topic without permission', 'SASL', bob, /topic "secret.*DESCRIBE/],
  ])('%s is refused at once, and named', async (_fault, listener, sasl, words) => {
    const startedMs = performance.now()
    const fault: unknown = await driverAt(listener, sasl)
      .describeTopics([topic], never)
      .catch((error: unknown) => error)
    if (!isMillraceError(fault, 'MILLRACE_DRIVER_UNAUTHORIZED')) throw fault
    expect(fault.message).toMatch(words)
    expect(performance.now() - startedMs).toBeLessThan(12_000)
  })

  test('a member without permission on its group dies of exactly that', async () => {
    const pipeline = new ScriptedPipeline(driverAt('SASL', bob), memberOptions('forbidden', [topic]))
    await pipeline.when('the end', ({ fatal }) => fatal.length > 0)
    await pipeline.leave()
    expect(pipeline.fatal).toMatchObject([
      { code: 'MILLRACE_DRIVER_MEMBER_DIED', cause: { code: 'MILLRACE_DRIVER_UNAUTHORIZED' } },
    ])
    expect(String(pipeline.fatal[0]?.cause)).toContain('group "forbidden"')
  })
})
