import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  isUnavailable,
  type SecuredBroker,
  securedUsers,
  startSecuredBroker,
  uniqueName,
  unsecuredToken,
} from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  createProducer,
  createTopicAdmin,
  createWorker,
  defineConsumer,
  handle,
  isMillraceError,
  silentLogger,
  topic,
  utf8,
} from '../index.js'

const { alice } = securedUsers
const secret = 'client-secret-of-the-test'

describeWithBroker('a worker whose environment says how to be safe', { needs: ['security'] }, () => {
  let broker: SecuredBroker
  let folder: string
  let tokenUrl: string
  let tokensIssued = 0
  const at = (file: string): string => join(folder, file)
  // As an OAuth 2 server that knows one client.
  const login = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`
    if (!isKnown) return void response.writeHead(401).end(JSON.stringify({ error: 'invalid_client' }))
    tokensIssued += 1
    response.end(JSON.stringify({ access_token: unsecuredToken('alice'), expires_in: 3600 }))
  })

  beforeAll(async () => {
    const started = await startSecuredBroker()
    if (isUnavailable(started)) throw new Error(started.unavailable)
    broker = started
    folder = await mkdtemp(join(tmpdir(), 'millrace-safe-'))
    await writeFile(at('ca.pem'), broker.ca)
    await writeFile(at('cert.pem'), broker.client.cert)
    await writeFile(at('key.pem'), broker.client.key)
    await writeFile(at('password'), `${alice.password}\n`)
    login.listen(0, '127.0.0.1')
    await once(login, 'listening')
    const address = login.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    tokenUrl = `http://127.0.0.1:${address.port}/token`
  })
  afterAll(async () => {
    login.closeAllConnections()
    login.close()
    await rm(folder, { recursive: true, force: true })
    await broker?.stop()
  })

  const common = { LOG_LEVEL: 'silent', OPS_PORT: 'off' }
  const environments = {
    'SCRAM over TLS, the password in a file': () => ({
      ...common,
      KAFKA_BROKERS: broker.at('SASLTLS').join(),
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA: at('ca.pem'),
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'alice',
      KAFKA_SASL_PASSWORD_FILE: at('password'),
    }),
    'tokens of an OAuth 2 server': () => ({
      ...common,
      KAFKA_BROKERS: broker.at('SASLTLS').join(),
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA: at('ca.pem'),
      KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
      KAFKA_SASL_OAUTH_TOKEN_URL: tokenUrl,
      KAFKA_SASL_OAUTH_CLIENT_ID: 'app',
      KAFKA_SASL_OAUTH_CLIENT_SECRET: secret,
    }),
    'a certificate of its own': () => ({
      ...common,
      KAFKA_BROKERS: broker.at('MTLS').join(),
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_SSL_CA: broker.ca,
      KAFKA_SSL_CERT: at('cert.pem'),
      KAFKA_SSL_KEY: at('key.pem'),
    }),
  }

  test.each(Object.entries(environments))('%s: topics, a producer and a handler', async (_way, environment) => {
    const env = environment()
    const name = uniqueName('orders')
    const Orders = topic(name, { key: utf8, value: utf8 })
    const admin = createTopicAdmin({ env, logger: silentLogger })
    await admin.ensureTopics([{ name, partitions: 1, replication: 1 }])
    await admin.close()
    const seen = Promise.withResolvers<string>()
    const handlers = [handle(Orders, { onExhausted: 'halt' }, (value) => seen.resolve(value))]
    const worker = createWorker({ consumers: [defineConsumer({ group: uniqueName('billing'), handlers })], env })
    const producer = createProducer(Orders, { env, logger: silentLogger })
    onTestFinished(async () => {
      await producer.close()
      await worker.stop()
    })
    await worker.start()
    await producer.send({ key: 'k', value: 'mine' })
    expect(await seen.promise).toBe('mine')
  })

  test('one token serves all connections until half of its life is over', () => {
    expect(tokensIssued).toBe(3) // of the topic admin, the worker, the producer
  })

  test('a wrong client secret ends the start, and says what to look at and not what it was', async () => {
    const env = { ...environments['tokens of an OAuth 2 server'](), KAFKA_SASL_OAUTH_CLIENT_SECRET: 'hunter2' }
    const Any = topic('any', { key: utf8, value: utf8 })
    const handlers = [handle(Any, { onExhausted: 'halt' }, () => undefined)]
    const worker = createWorker({ consumers: [defineConsumer({ group: 'any', handlers })], env })
    const error: unknown = await worker.start().catch((thrown: unknown) => thrown)
    if (!isMillraceError(error, 'MILLRACE_DRIVER_UNAUTHORIZED')) throw error
    expect(error.message).toMatch(/\/token answered 401 \(invalid_client\); check KAFKA_SASL_OAUTH_CLIENT_ID/)
    expect(`${error.stack} ${String(error.cause)}`).not.toContain('hunter2')
  })
})
