import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConnection as read, readProcess as readOf } from './read-environment.js'
import { type CodeValues, createSettings, saidBy, valuesOfKafka } from './settings.js'
import { type Env, environmentVariables } from './variables.js'

const readConnection = (env: Env, code: CodeValues = {}) => read(createSettings(saidBy(env), code))
const readProcess = (env: Env, code: CodeValues = {}) => readOf(createSettings(saidBy(env), code))
const readEnvironment = (env: Env, code: CodeValues = {}) => {
  const [connection, process] = [readConnection(env, code), readProcess(env, code)]
  return {
    value: { ...connection.value, ...process.value },
    problems: [...connection.problems, ...process.problems],
    warnings: [...connection.warnings, ...process.warnings],
  }
}

const pem = (kind: string): string => `-----BEGIN ${kind}-----\nMIIB\n-----END ${kind}-----`
const brokers = { KAFKA_BROKERS: 'broker:9092' }
const scram = {
  ...brokers,
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  KAFKA_SASL_USERNAME: 'app',
  KAFKA_SASL_PASSWORD: 'hunter2',
}

const problemsOf = (env: Record<string, string>, code: CodeValues = {}): readonly string[] =>
  readEnvironment(env, code).problems.map(({ where, problem }) => `${where}: ${problem}`)

describe('defaults', () => {
  it('stand where the environment says nothing but the brokers', () => {
    expect(readEnvironment(brokers)).toEqual({
      value: {
        brokers: ['broker:9092'],
        clientId: 'millrace',
        tls: undefined,
        sasl: undefined,
        logLevel: 'info',
        ops: { port: 9464, host: '127.0.0.1', isAskedFor: false },
        shutdownTimeout: undefined,
      },
      problems: [],
      warnings: [],
    })
  })

  it('count an empty variable as not set', () => {
    const empty = Object.fromEntries(Object.keys(environmentVariables).map((name) => [name, ' ']))
    expect(readEnvironment({ ...empty, ...brokers })).toEqual(readEnvironment(brokers))
  })
})

describe('brokers', () => {
  it.each([
    ['one', 'localhost:9092', ['localhost:9092']],
    ['several, with spaces', ' a:9092 , b.example.com:9093,10.0.0.1:1', ['a:9092', 'b.example.com:9093', '10.0.0.1:1']],
    ['IPv6 in brackets', '[::1]:9092,[fe80::1%eth0]:9092', ['[::1]:9092', '[fe80::1%eth0]:9092']],
  ])('are read: %s', (_kind, text, found) => {
    expect(readConnection({ KAFKA_BROKERS: text })).toMatchObject({ value: { brokers: found }, problems: [] })
  })

  it.each([
    ['no port', 'broker', 'is not host:port', 'such as broker:9092'],
    ['an empty entry', 'a:9092,,b:9092', 'has an empty entry', 'remove the extra comma'],
    ['a trailing comma', 'a:9092,', 'has an empty entry', 'remove the extra comma'],
    ['a duplicate', 'a:9092, a:9092', 'a:9092 is there twice', 'leave one out'],
    ['port 0', 'a:0', 'has no possible port', '1 to 65535'],
    ['a port too high', 'a:65536', 'has no possible port', '1 to 65535'],
    ['a port that is no number', 'a:kafka', 'is not host:port', 'a:9092'],
    ['IPv6 without brackets', '::1:9092', 'is not host:port', 'brackets'],
    ['a scheme', 'SASL_SSL://a:9092', 'starts with a scheme', 'write a:9092'],
    ['semicolons', 'a:9092;b:9092', 'is not host:port', 'commas'],
  ])('with %s are a problem with a fix', (_kind, text, problem, fix) => {
    const { problems } = readConnection({ KAFKA_BROKERS: text })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.where).toBe('KAFKA_BROKERS')
    expect(problems[0]?.problem).toContain(problem)
    expect(problems[0]?.fix).toContain(fix)
  })

  it('are needed, and say by which variable', () => {
    expect(problemsOf({})).toEqual(['KAFKA_BROKERS: is not set'])
  })

  it('have an alias, which must not say something else', () => {
    expect(readConnection({ KAFKA_BOOTSTRAP_SERVERS: 'a:1' }).value.brokers).toEqual(['a:1'])
    expect(problemsOf({ KAFKA_BROKERS: 'a:1', KAFKA_BOOTSTRAP_SERVERS: 'a:1' })).toEqual([])
    expect(problemsOf({ KAFKA_BROKERS: 'a:1', KAFKA_BOOTSTRAP_SERVERS: 'b:1' })).toEqual([
      'KAFKA_BOOTSTRAP_SERVERS: is set beside KAFKA_BROKERS to something else',
    ])
  })

  it('never throw, and never pass with a fault', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { value, problems } = readConnection({ KAFKA_BROKERS: text })
        if (problems.length > 0) return
        for (const broker of value.brokers) expect(broker).toMatch(/^[^\s,@]+:\d+$/)
      }),
    )
  })
})

describe('security', () => {
  it.each([
    ['PLAINTEXT', {}, false, false],
    ['ssl', {}, true, false],
    ['SASL_PLAINTEXT', scram, false, true],
    ['sasl_ssl', scram, true, true],
  ])('%s is read', (protocol, more, hasTls, hasSasl) => {
    const { value, problems } = readConnection({ ...brokers, ...more, KAFKA_SECURITY_PROTOCOL: protocol })
    expect(problems).toEqual([])
    expect(value.tls !== undefined).toBe(hasTls)
    expect(value.sasl).toEqual(
      hasSasl ? { mechanism: 'scram-sha-512', username: 'app', password: 'hunter2' } : undefined,
    )
  })

  it('keeps every character of a password', () => {
    const { value } = readConnection({ ...scram, KAFKA_SASL_PASSWORD: ' a b=\\n ' })
    expect(value.sasl).toMatchObject({ password: ' a b=\\n ' })
  })

  it.each([
    [{ KAFKA_SECURITY_PROTOCOL: 'TLS' }, ['KAFKA_SECURITY_PROTOCOL: "TLS" is not a security protocol']],
    [
      { KAFKA_SASL_USERNAME: 'app' },
      [
        'KAFKA_SASL_USERNAME: is set, but KAFKA_SECURITY_PROTOCOL is not set, which means PLAINTEXT and does not use it',
      ],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_PASSWORD: 'x' },
      ['KAFKA_SASL_PASSWORD: is set, but KAFKA_SECURITY_PROTOCOL is SSL and does not use it'],
    ],
    [
      { ...scram, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SSL_CA: pem('CERTIFICATE') },
      ['KAFKA_SSL_CA: is set, but KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT and does not use it'],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
      [
        'KAFKA_SASL_MECHANISM: is not set, and SASL_SSL needs it',
        'KAFKA_SASL_USERNAME: is not set, and SASL_SSL needs it',
        'KAFKA_SASL_PASSWORD: is not set, and SASL_SSL needs it',
      ],
    ],
    [
      { ...scram, KAFKA_SASL_MECHANISM: 'aws-msk-iam' },
      ['KAFKA_SASL_MECHANISM: "aws-msk-iam" is not a mechanism that this version speaks'],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT: pem('CERTIFICATE') },
      ['KAFKA_SSL_KEY: is not set, and KAFKA_SSL_CERT is of no use without it'],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_KEY: '/etc/key.pem' },
      ['KAFKA_SSL_CERT: is not set, and KAFKA_SSL_KEY is of no use without it'],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: '-----BEGIN CERTIFICATE-----' },
      ['KAFKA_SSL_CA: looks like PEM text but has no complete -----BEGIN ...----- and -----END ...----- lines'],
    ],
  ])('contradictions are problems: %j', (env, expected) => {
    expect(problemsOf({ ...brokers, ...env })).toEqual(expected)
  })

  it('takes PEM text with escaped line breaks, and paths', () => {
    const text = pem('CERTIFICATE')
    const env = { ...brokers, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT: text.replaceAll('\n', '\\n') }
    expect(readConnection({ ...env, KAFKA_SSL_KEY: '/run/secrets/key.pem' }).value.tls).toEqual({
      cert: { kind: 'text', text },
      key: { kind: 'file', path: '/run/secrets/key.pem', where: 'KAFKA_SSL_KEY' },
    })
  })

  it.each([
    ['plain', 'broker:9092', 1],
    ['plain', 'localhost:9092,127.0.0.1:9093,[::1]:9094', 0],
    ['scram-sha-256', 'broker:9092', 0],
  ])('warns of a password in clear text: %s to %s', (mechanism, to, count) => {
    const env = { ...scram, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SASL_MECHANISM: mechanism }
    expect(readConnection({ ...env, KAFKA_BROKERS: to }).warnings).toHaveLength(count)
  })

  it('never prints a secret, whatever is wrong with it', () => {
    const secrets = { KAFKA_SASL_PASSWORD: 'hunter2', KAFKA_SSL_KEY: '-----BEGIN hunter2' }
    const environments = [
      { KAFKA_BROKERS: 'app:hunter2@broker:9092', ...secrets },
      { ...scram, ...secrets, KAFKA_SASL_MECHANISM: 'x', KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' },
      { ...scram, ...secrets },
    ]
    for (const env of environments) {
      const { problems, warnings } = readEnvironment(env)
      expect(problems.length).toBeGreaterThan(0)
      expect(JSON.stringify({ problems, warnings })).not.toContain('hunter2')
    }
  })
})

describe('the process', () => {
  it.each([
    ['LOG_LEVEL', 'DEBUG', { logLevel: 'debug' }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['OPS_PORT', '0', { ops: { port: 0, host: '127.0.0.1', isAskedFor: true } }],
    ['OPS_PORT', '9464', { ops: { port: 9464, host: '127.0.0.1', isAskedFor: true } }],
    ['OPS_PORT', 'Off', { ops: undefined }],
    ['OPS_HOST', '0.0.0.0', { ops: { port: 9464, host: '0.0.0.0', isAskedFor: false } }],
    ['SHUTDOWN_TIMEOUT', '90s', { shutdownTimeout: '90s' }],
    ['KAFKA_GROUP_INSTANCE_ID', ' billing-0 ', { instanceId: 'billing-0' }],
    ['KAFKA_INSTANCE_ID', ' billing-0 ', { instanceId: undefined, transactionalInstance: 'billing-0' }],
  ])('%s=%s is read', (name, text, value) => {
    expect(readProcess({ [name]: text })).toMatchObject({ value, problems: [] })
  })

  it.each([
    ['LOG_LEVEL', 'verbose', 'is not a level'],
    ['OPS_PORT', '65536', 'is not a port'],
    ['OPS_PORT', '-1', 'is not a port'],
    ['OPS_PORT', '9464x', 'is not a port'],
    ['SHUTDOWN_TIMEOUT', '25', 'is not a duration'],
    ['SHUTDOWN_TIMEOUT', '2h', 'is out of range'],
    ['KAFKA_GROUP_INSTANCE_ID', 'pod 0', 'is not a name that Kafka takes'],
    ['KAFKA_INSTANCE_ID', 'pod 0', 'is not a name that Kafka takes'],
  ])('%s=%s is a problem', (name, text, problem) => {
    const { problems } = readProcess({ [name]: text })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ where: name, problem: expect.stringContaining(problem) })
  })
})

describe('code and environment', () => {
  const code = valuesOfKafka({
    brokers: ['code:9092'],
    clientId: 'from-code',
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'plain', username: 'code', password: 'code' },
  })

  it('the environment stands above code, value by value', () => {
    const { value, problems } = readConnection({ KAFKA_SASL_PASSWORD: 'env', KAFKA_CLIENT_ID: 'from-env' }, code)
    expect(problems).toEqual([])
    expect(value).toMatchObject({ brokers: ['code:9092'], clientId: 'from-env' })
    expect(value.sasl).toEqual({ mechanism: 'plain', username: 'code', password: 'env' })
  })

  it('the alias in the environment stands above code too', () => {
    expect(readConnection({ KAFKA_BOOTSTRAP_SERVERS: 'env:1' }, code).value.brokers).toEqual(['env:1'])
  })

  it('a protocol from the environment switches off the credentials that code brought for another one', () => {
    const { value, problems } = readConnection({ KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' }, code)
    expect(problems).toEqual([])
    expect(value.sasl).toBeUndefined()
  })

  it('a problem in code names the option', () => {
    expect(problemsOf({}, valuesOfKafka({ brokers: 'broker' }))).toEqual([
      'option kafka.brokers: broker is not host:port',
    ])
  })

  it('all faults of all variables come at once', () => {
    const env = {
      KAFKA_BROKERS: 'a',
      KAFKA_SECURITY_PROTOCOL: 'x',
      LOG_LEVEL: 'x',
      OPS_PORT: 'x',
      SHUTDOWN_TIMEOUT: 'x',
      KAFKA_GROUP_INSTANCE_ID: '/',
    }
    expect(readEnvironment(env).problems.map(({ where }) => where)).toEqual(Object.keys(env))
    expect(readEnvironment(env).problems.every(({ fix }) => fix.length > 0)).toBe(true)
  })
})

describe('KAFKA_SSL', () => {
  it.each([
    [{ KAFKA_SSL: 'true' }, true, false],
    [{ KAFKA_SSL: 'FALSE' }, false, false],
    [{ ...scram, KAFKA_SECURITY_PROTOCOL: '', KAFKA_SSL: 'true' }, true, true],
    [{ ...scram, KAFKA_SECURITY_PROTOCOL: '', KAFKA_SSL: 'false' }, false, true],
    [{ ...scram, KAFKA_SSL: 'true' }, true, true],
  ])('says whether there is TLS, and SASL is on where something is said about it: %j', (env, hasTls, hasSasl) => {
    const { value, problems } = readConnection({ ...brokers, ...env })
    expect(problems).toEqual([])
    expect([value.tls !== undefined, value.sasl !== undefined]).toEqual([hasTls, hasSasl])
  })

  it.each([
    [{ KAFKA_SSL: 'yes' }, 'KAFKA_SSL: is neither true nor false'],
    [{ KAFKA_SSL: 'false', ...scram }, 'KAFKA_SSL: is set beside KAFKA_SECURITY_PROTOCOL to something else'],
    [{ KAFKA_SSL: 'true', KAFKA_SASL_PASSWORD: 'x' }, 'KAFKA_SASL_MECHANISM: is not set, and SASL_SSL needs it'],
  ])('%j is a problem', (env, problem) => {
    expect(problemsOf({ ...brokers, ...env })[0]).toBe(problem)
  })

  it('from the environment stands above a protocol in code', () => {
    const { value, problems } = readConnection({ KAFKA_SSL: 'false', ...brokers }, { KAFKA_SECURITY_PROTOCOL: 'SSL' })
    expect({ tls: value.tls, problems }).toEqual({ tls: undefined, problems: [] })
  })
})
