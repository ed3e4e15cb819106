import { isMillraceError, silentLogger } from '@millrace/core'
import { createKafkaAdmin, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { SaslOptions } from '../client/connection-options.js'
import { type Listener, type SecuredBroker, startSecuredBroker, users } from '../defects/test-support/secured-broker.js'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { openSender } from './open-sender.js'
import { openTestClient } from './test-support/test-client.js'

const { alice, carol } = users
const value = Buffer.from('x')

describeWithBroker('a sender and its credentials', { needs: ['security'] }, ({ probeOf }) => {
  let broker: SecuredBroker
  let probe: ReturnType<typeof probeOf>
  const topic = uniqueName('secret')

  beforeAll(async () => {
    broker = await startSecuredBroker()
    probe = probeOf(broker.bootstrap)
    await createKafkaAdmin(probe).createTopic(topic)
  })
  afterAll(async () => {
    await probe?.close()
    await broker?.stop()
  })
  const openAt = async (listener: Listener, sasl: SaslOptions | undefined) => {
    const driver = createKafkajsDriver({ brokers: broker.at(listener), ...(sasl === undefined ? {} : { sasl }) })
    const sender = await driver.openSender({ deliveryTimeoutMs: 60_000 })
    onTestFinished(() => sender.close({ timeoutMs: 100 }))
    return sender
  }

  test.each<[string, Listener, SaslOptions | undefined, RegExp]>([
    ['a wrong password', 'SASL', { ...alice, password: 'wrong' }, /Invalid username or password/],
    ['a mechanism that is not enabled', 'SASL', { ...alice, mechanism: 'scram-sha-512' }, /mechanism is not enabled/],
    ['SASL where none is asked for', 'PLAINTEXT', alice, /does not ask for it/],
    [
      'no SASL where it is asked for',
      'SASL',
      undefined,
      /asks for SASL \(PLAIN, SCRAM-SHA-256\), and none is configured/,
    ],
    ['no TLS at a TLS listener', 'TLS', undefined, /speaks TLS, and none is configured/],
  ])('%s is told at the first send, not at the delivery time', async (_fault, listener, sasl, words) => {
    const sender = await openAt(listener, sasl)
    const startedMs = performance.now()
    const error: unknown = await sender.send({ topic, key: null, value }).catch((thrown: unknown) => thrown)
    if (!isMillraceError(error, 'MILLRACE_DRIVER_UNAUTHORIZED')) throw error
    expect(error.message).toMatch(words)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })

  test('a password that stops working is tried again until the delivery time, and said; then it may work again', async () => {
    let password: string = alice.password
    const sasl = {
      mechanism: 'plain' as const,
      username: alice.username,
      get password() {
        return password
      },
    }
    const client = openTestClient(broker.at('SASL'), { sasl })
    const parts = { openClient: () => client, logger: silentLogger }
    const sender = await openSender(parts, { deliveryTimeoutMs: 3_000 })
    onTestFinished(() => sender.close({ timeoutMs: 100 }))
    const send = () => sender.send({ topic, key: null, value })
    await send()
    password = 'changed on the other side'
    for (const socket of client.sockets) socket.destroy(new Error('cut by the test'))
    await expect(send()).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCE_TIMED_OUT',
      cause: { message: expect.stringContaining('Invalid username or password') },
    })
    const waiting = send()
    password = alice.password
    expect(await waiting).toMatchObject({ topic })
  })

  test('a write permission that is taken away refuses what is sent then, and nothing once it is back', async () => {
    await broker.allow('carol', 'TOPIC', topic, 'WRITE')
    const sender = await openAt('SASL', carol)
    const outcome = () =>
      sender.send({ topic, key: null, value }).then(
        () => 'stored',
        (error: unknown) => (isMillraceError(error) ? error.message : String(error)),
      )
    expect(await outcome()).toBe('stored')
    await broker.forbid('carol', 'TOPIC', topic)
    await expect.poll(outcome).toMatch(/refused: TOPIC_AUTHORIZATION_FAILED/)
    await broker.allow('carol', 'TOPIC', topic, 'WRITE')
    await expect.poll(outcome).toBe('stored')
  })
})
