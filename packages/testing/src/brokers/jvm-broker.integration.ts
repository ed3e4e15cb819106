import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { describeWithBroker } from './describe-with-broker.js'
import { findExternalBroker } from './external-broker.js'
import { type JvmBrokerOptions, startJvmBroker } from './jvm-broker.js'
import { createKafkaAdmin } from './kafka-admin.js'
import { firstLine, isAlive, untilGone } from './test-support/processes.js'
import { runTypescript } from './test-support/run-typescript.js'
import { TestKitError } from './test-kit-error.js'
import { uniqueName } from './unique-name.js'

/** What the launchers left in a temporary folder that belongs to the test alone. */
const directories = (): string[] => readdirSync(tmpdir())

describeWithBroker('a broker in a JVM of its own', { needs: ['jvm process'] }, ({ probeOf }) => {
  const running: BrokerUnderTest[] = []
  beforeEach(() => {
    const own = mkdtempSync(join(tmpdir(), 'millrace-test-'))
    vi.stubEnv('TMPDIR', own)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(own, { recursive: true })
    })
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((broker) => broker.stop()))
  })

  async function setup(options: JvmBrokerOptions = {}) {
    const broker = await startJvmBroker(options)
    if (isUnavailable(broker)) throw new Error(broker.unavailable)
    running.push(broker)
    const { control } = broker
    const probe = probeOf(broker.bootstrap)
    onTestFinished(() => probe.close())
    return { broker, control, probe, admin: createKafkaAdmin(probe), topic: uniqueName('orders') }
  }

  test('leaves neither process nor directory behind when stopped, once or twice', async () => {
    const { broker, control } = await setup()
    expect(isAlive(control.pid)).toBe(true)
    expect(directories().length).toBe(1)
    await broker.stop()
    await broker.stop()
    expect(isAlive(control.pid)).toBe(false)
    expect(directories()).toEqual([])
  })

  test('dies, its directory and the probe with it, when the process that started it is killed', async () => {
    const holder = runTypescript('hold-broker.ts', [])
    const pids = await firstLine(holder)
    const [broker, probe] = [Number(pids['broker']), Number(pids['probe'])]
    expect([isAlive(broker), isAlive(probe)]).toEqual([true, true])
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await untilGone(broker, probe)
    await vi.waitUntil(() => directories().length === 0, { timeout: 30_000 })
  })

  test('comes back after SIGKILL on the same address with what it had stored', async () => {
    const { broker, control, probe, admin, topic } = await setup()
    await admin.createTopic(topic)
    await probe.produce(topic, [{ value: 'kept' }])
    const { pid } = control
    await control.kill()
    expect(isAlive(pid)).toBe(false)
    await control.restart()
    expect(control.pid).not.toBe(pid)
    expect((await probeOf(broker.bootstrap).read(topic)).map(({ value }) => value?.toString())).toEqual(['kept'])
  })

  test('answers nothing while paused, though it accepts connections, and goes on when resumed', async () => {
    const { broker, control, probe, admin, topic } = await setup()
    await admin.createTopic(topic)
    control.pause()
    const socket = connect(Number(broker.bootstrap[0]?.split(':')[1]), '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
    await expect(admin.listTopics({ timeoutMs: 500 })).rejects.toMatchObject({ kafkaError: 'TimeoutException' })
    control.resume()
    expect(await admin.listTopics()).toContain(topic)
    expect(await probe.read(topic)).toEqual([])
  })

  test('opens extra listeners and takes properties', async () => {
    const module = 'org.apache.kafka.common.security.plain.PlainLoginModule'
    const login = `${module} required user_alice="secret";`
    const { broker, admin, probe, topic } = await setup({
      listeners: [
        {
          name: 'SASL',
          protocol: 'SASL_PLAINTEXT',
          properties: { 'sasl.enabled.mechanisms': 'PLAIN', 'plain.sasl.jaas.config': login },
        },
      ],
      properties: { 'message.max.bytes': '2000' },
    })
    expect(broker.listeners['SASL']).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(broker.listeners['SASL']).not.toBe(broker.bootstrap[0])

    await admin.createTopic(topic)
    expect((await admin.describeTopic(topic)).configs.get('max.message.bytes')).toBe('2000')
    const through = (password: string) => ({
      'bootstrap.servers': broker.listeners['SASL'] ?? '',
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': `${module} required username="alice" password="${password}";`,
    })
    await probe.produce(topic, [{ value: 'known' }], { properties: through('secret') })
    await expect(probe.produce(topic, [{ value: 'x' }], { properties: through('wrong') })).rejects.toMatchObject({
      kafkaError: 'SaslAuthenticationException',
    })
    expect((await probe.read(topic)).map(({ value }) => value?.toString())).toEqual(['known'])
  })

  test('permissions are given and taken away', async () => {
    const module = 'org.apache.kafka.common.security.plain.PlainLoginModule'
    const login = `${module} required user_bob="secret";`
    const { broker, admin, probe, topic } = await setup({
      listeners: [
        {
          name: 'SASL',
          protocol: 'SASL_PLAINTEXT',
          properties: { 'sasl.enabled.mechanisms': 'PLAIN', 'plain.sasl.jaas.config': login },
        },
      ],
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    })
    await admin.createTopic(topic)
    const asBob = {
      'bootstrap.servers': broker.listeners['SASL'] ?? '',
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': `${module} required username="bob" password="secret";`,
    }
    const write = () =>
      probe.produce(topic, [{ value: 'of bob' }], { properties: asBob }).then(
        () => 'written',
        (error: unknown) => (error instanceof TestKitError ? error.kafkaError : error),
      )
    const acl = { resource: 'TOPIC', name: topic, principal: 'User:bob', operation: 'WRITE' } as const
    expect(await write()).toBe('TopicAuthorizationException')
    await admin.createAcls([acl])
    await expect.poll(write).toBe('written')
    await admin.deleteAcls([acl])
    await expect.poll(write).toBe('TopicAuthorizationException')
  })

  test('a setting that Kafka refuses fails the start with what Kafka printed, and leaves nothing', async () => {
    await expect(startJvmBroker({ properties: { 'num.io.threads': 'many' } })).rejects.toMatchObject({
      code: 'MILLRACE_TEST_BROKER_FAILED',
      message: expect.stringContaining('num.io.threads'),
    })
    expect(directories()).toEqual([])
  })

  test('an aborted start leaves nothing', async () => {
    const given = new AbortController()
    const starting = startJvmBroker({ signal: given.signal })
    await vi.waitUntil(() => directories().length > 0, { interval: 5, timeout: 30_000 })
    given.abort(new Error('changed my mind'))
    await expect(starting).rejects.toThrow('changed my mind')
    expect(directories()).toEqual([])
  })

  test('serves as an external cluster, which stop() does not touch', async () => {
    const { broker, control } = await setup()
    const external = await findExternalBroker({ MILLRACE_TEST_BROKERS: `127.0.0.1:1,${broker.bootstrap[0]}` })
    expect(external).toMatchObject({ kind: 'external', control: undefined })
    await external?.stop()
    expect(isAlive(control.pid)).toBe(true)
  })

  test('an empty cache and no Maven is a reason, not a crash', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-empty-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const java = execFileSync('sh', ['-c', 'command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java"'], { encoding: 'utf8' })
    symlinkSync(java.trim(), join(directory, 'java'))
    expect(await startJvmBroker({ env: { MILLRACE_CACHE: join(directory, 'cache'), PATH: directory } })).toEqual({
      unavailable: expect.stringContaining('no Maven found'),
    })
  })
})
