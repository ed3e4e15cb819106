import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BrokerUnderTest, isUnavailable, startJvmBroker, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../../infra/provision-topics.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the script with nothing in its environment that says where Kafka is, but what the test adds. */
function provision(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const machine = Object.entries(process.env).filter(([name]) => !name.startsWith('KAFKA_'))
  return new Promise((resolve) => {
    const options = { env: { ...Object.fromEntries(machine), ...env } }
    const child = execFile(process.execPath, [script, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}

const names = () => {
  const topic = uniqueName('orders')
  return { topic, dlq: `${topic}.dlq`, args: ['--topic', topic, '--dlq-topic', `${topic}.dlq`] }
}

describeWithBroker('provision-topics', ({ bootstrap, admin, lacks }) => {
  const env = { KAFKA_BROKERS: bootstrap.join(',') }

  it('creates both topics and says how they are; a second time it changes nothing', async () => {
    const { topic, dlq, args } = names()
    const first = await provision([
      ...args,
      '--partitions',
      '6',
      '--replication',
      '1',
      '--brokers',
      bootstrap.join(','),
    ])
    expect(first).toEqual({
      code: 0,
      stdout: `${topic}: created, 6 partitions, kept 7 days\n${dlq}: created, 6 partitions, kept 30 days\n`,
      stderr: '',
    })
    const second = await provision(args, env)
    expect(second).toEqual({ code: 0, stdout: first.stdout.replaceAll('created', 'was there'), stderr: '' })
    expect((await admin.describeTopic(dlq)).configs.get('retention.ms')).toBe('2592000000')
  })

  it.each([
    ['ninety days', '7776000000', '90 days'],
    ['for ever', '-1', 'for ever'],
  ])('keeps dead letters as long as the source where that is longer: %s', async (_case, retention, shown) => {
    const { topic, dlq, args } = names()
    await admin.createTopic(topic, { partitions: 2, configs: { 'retention.ms': retention } })
    const ended = await provision([...args, '--partitions', '2'], env)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain(`${dlq}: created, 2 partitions, kept ${shown}`)
    expect((await admin.describeTopic(dlq)).configs.get('retention.ms')).toBe(retention)
  })

  it('reports another number of partitions, and gives a new dead-letter topic as many as the source has', async () => {
    const { topic, dlq, args } = names()
    await admin.createTopic(topic, { partitions: 3 })
    const ended = await provision([...args, '--partitions', '6'], env)
    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain(`${topic} has 3 partitions and not the 6 that were asked for`)
    expect((await admin.describeTopic(dlq)).partitions).toHaveLength(3)
  })

  it('ends with 3 when the dead-letter topic can not take every partition, and says how long it keeps them', async () => {
    const { topic, dlq, args } = names()
    await admin.createTopic(dlq, { partitions: 1, configs: { 'retention.ms': '86400000' } })
    const ended = await provision([...args, '--partitions', '2'], env)
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain(`${dlq} has fewer partitions than ${topic}`)
    expect(ended.stderr).toContain(`${dlq} keeps dead letters for 1 day only, not 30 days`)
  })

  it.each([
    ['no names', []],
    ['one topic for both', ['--topic', 'a', '--dlq-topic', 'a']],
    ['half a partition', ['--topic', 'a', '--dlq-topic', 'b', '--partitions', '0.5']],
    ['an unknown option', ['--topic', 'a', '--dlq-topic', 'b', '--partition', '6']],
    ['a wait above two minutes', ['--topic', 'a', '--dlq-topic', 'b', '--wait', '121']],
  ])('ends with 2 and its usage for wrong arguments: %s', async (_case, args) => {
    const ended = await provision(args, env)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('usage: provision-topics')
  })

  it('ends with 1 and a clear message when no broker answers in time, or none is named', async () => {
    const { args } = names()
    const [away, none] = await Promise.all([
      provision([...args, '--brokers', '127.0.0.1:1', '--wait', '1']),
      provision(args),
    ])
    expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('No Kafka broker answered at 127.0.0.1:1') })
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('KAFKA_BROKERS: is not set') })
  })

  describe.skipIf(lacks('security'))('over SASL_SSL', () => {
    let directory = ''
    let broker: BrokerUnderTest | undefined

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'millrace-tls-'))
      await makeCertificate(directory)
      const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_orders="open sesame";'
      const started = await startJvmBroker({
        listeners: [
          {
            name: 'SECURE',
            protocol: 'SASL_SSL',
            properties: {
              'ssl.keystore.location': join(directory, 'broker.p12'),
              'ssl.keystore.type': 'PKCS12',
              'ssl.keystore.password': storePassword,
              'ssl.key.password': storePassword,
              'sasl.enabled.mechanisms': 'PLAIN',
              'plain.sasl.jaas.config': jaas,
            },
          },
        ],
      })
      if (isUnavailable(started)) throw new Error(started.unavailable)
      broker = started
    })
    afterAll(async () => {
      await broker?.stop()
      await rm(directory, { recursive: true, force: true })
    })
    const secure = (password: string): NodeJS.ProcessEnv => ({
      KAFKA_BROKERS: broker?.listeners['SECURE'],
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA: join(directory, 'ca.pem'),
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'orders',
      KAFKA_SASL_PASSWORD: password,
    })

    it('works with the environment variables of the worker', async () => {
      const { topic, args } = names()
      const ended = await provision(args, secure('open sesame'))
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      expect(ended.stdout).toContain(`${topic}: created, 6 partitions`)
    })

    it('ends at once, without the password in its output, when it is refused', async () => {
      const ended = await provision(names().args, secure('guess again'))
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain('Kafka refused the connection')
      expect(ended.stderr + ended.stdout).not.toContain('guess again')
    })
  })
})

const storePassword = 'for-this-test'

/** A certificate that signs itself for 127.0.0.1, as a key store for the broker and as PEM for the client. */
async function makeCertificate(directory: string): Promise<void> {
  const home = process.env['JAVA_HOME']
  const keytool = (args: readonly string[]) =>
    promisify(execFile)(home === undefined ? 'keytool' : join(home, 'bin', 'keytool'), [
      ...args,
      ...['-keystore', join(directory, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', storePassword],
      ...['-alias', 'broker'],
    ])
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1', '-validity', '2']
  await keytool(['-genkeypair', '-keyalg', 'EC', ...subject])
  await keytool(['-exportcert', '-rfc', '-file', join(directory, 'ca.pem')])
}
