import { describe, expect, it } from 'vitest'
import { presetNames } from '../kafka-options.js'
import { presets } from './presets.js'
import { readConnection } from './read-environment.js'
import { createSettings, saidBy, type CodeValues } from './settings.js'
import type { Env } from './variables.js'

const read = (env: Env, code: CodeValues = {}) => readConnection(createSettings(saidBy(env), code))
const faultsOf = (env: Env, code: CodeValues = {}) =>
  read(env, code).problems.map(({ where, problem, fix }) => `${where}: ${problem}; ${fix}`)

const connectionString = 'Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=hunter2='
const complete: Readonly<Record<string, Env>> = {
  local: {},
  'confluent-cloud': { KAFKA_BROKERS: 'a.confluent.cloud:9092', KAFKA_SASL_USERNAME: 'key', KAFKA_SASL_PASSWORD: 'x' },
  redpanda: { KAFKA_BROKERS: 'a:9092', KAFKA_SASL_USERNAME: 'app', KAFKA_SASL_PASSWORD: 'x' },
  'event-hubs': { KAFKA_BROKERS: 'a.servicebus.windows.net:9093', KAFKA_SASL_PASSWORD: connectionString },
  'msk-scram': { KAFKA_BROKERS: 'b-1.a:9096', KAFKA_SASL_USERNAME: 'app', KAFKA_SASL_PASSWORD: 'x' },
}
const expected: Readonly<Record<string, object>> = {
  local: { brokers: ['localhost:9092'], tls: undefined, sasl: undefined },
  'confluent-cloud': { tls: {}, sasl: { mechanism: 'plain', username: 'key', password: 'x' } },
  redpanda: { tls: {}, sasl: { mechanism: 'scram-sha-256', username: 'app', password: 'x' } },
  'event-hubs': { tls: {}, sasl: { mechanism: 'plain', username: '$ConnectionString', password: connectionString } },
  'msk-scram': { tls: {}, sasl: { mechanism: 'scram-sha-512', username: 'app', password: 'x' } },
}

describe('a preset', () => {
  it.each(presetNames)('%s needs nothing but what it says it needs', (name) => {
    const { value, problems, warnings } = read({ ...complete[name], KAFKA_PRESET: name })
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(value).toMatchObject(expected[name] ?? {})
  })

  it.each(presetNames)('%s names all that is missing at once', (name) => {
    const needed = Object.keys(presets[name].needs)
    const missing = read({ KAFKA_PRESET: name }).problems.map(({ where }) => where)
    expect(missing.toSorted()).toEqual([...(name === 'local' ? [] : ['KAFKA_BROKERS']), ...needed].toSorted())
  })

  it('says what the missing values are', () => {
    const env = { KAFKA_PRESET: 'confluent-cloud', KAFKA_BROKERS: 'a:9092' }
    expect(faultsOf(env)).toEqual([
      'KAFKA_SASL_USERNAME: is not set, and the preset confluent-cloud needs it; set it to an API key of the cluster',
      'KAFKA_SASL_PASSWORD: is not set, and the preset confluent-cloud needs it; set it to the secret of that API key',
    ])
  })

  it('stands below everything else', () => {
    const env = { ...complete['redpanda'], KAFKA_PRESET: 'redpanda' }
    expect(read(env, { KAFKA_SASL_MECHANISM: 'scram-sha-512' }).value.sasl?.mechanism).toBe('scram-sha-512')
    expect(read({ KAFKA_PRESET: 'LOCAL', KAFKA_BROKERS: 'a:1' }).value.brokers).toEqual(['a:1'])
    expect(read({ KAFKA_BOOTSTRAP_SERVERS: 'a:1' }, { KAFKA_PRESET: 'local' }).value.brokers).toEqual(['a:1'])
  })

  it('is one of those that there are', () => {
    expect(faultsOf({ KAFKA_PRESET: 'confluent', KAFKA_BROKERS: 'a:1' })).toEqual([
      `KAFKA_PRESET: "confluent" is not a preset; use one of ${presetNames.join(', ')}`,
    ])
  })

  it.each([
    ['confluent-cloud', { KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' }, 'KAFKA_SECURITY_PROTOCOL'],
    ['event-hubs', { KAFKA_SSL: 'false' }, 'KAFKA_SSL'],
    ['msk-scram', { KAFKA_SSL: 'false' }, 'KAFKA_SSL'],
  ])('%s is not spoken to in clear text: %j', (name, env, where) => {
    expect(read({ ...complete[name], ...env, KAFKA_PRESET: name }).problems).toMatchObject([
      { where, problem: expect.stringContaining('switches TLS off') },
    ])
  })

  it.each(['confluent-cloud', 'event-hubs', 'msk-scram'])('%s warns of an unusual port', (name) => {
    const { problems, warnings } = read({ ...complete[name], KAFKA_PRESET: name, KAFKA_BROKERS: 'a:19092' })
    expect(problems).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('a:19092 has another port')])
  })
})

describe('Confluent Cloud with a schema registry', () => {
  const env = { ...complete['confluent-cloud'], KAFKA_PRESET: 'confluent-cloud', SCHEMA_REGISTRY_URL: 'https://r' }

  it('needs the API key of the registry, which is another one', () => {
    expect(read(env).problems.map(({ where }) => where)).toEqual([
      'SCHEMA_REGISTRY_USERNAME',
      'SCHEMA_REGISTRY_PASSWORD',
    ])
    const both = { ...env, SCHEMA_REGISTRY_PASSWORD: 'y' }
    expect(read({ ...both, SCHEMA_REGISTRY_USERNAME: 'other' })).toMatchObject({ problems: [], warnings: [] })
    expect(read({ ...both, SCHEMA_REGISTRY_USERNAME: 'key' }).warnings).toHaveLength(1)
  })
})

describe('Event Hubs', () => {
  const env = { ...complete['event-hubs'], KAFKA_PRESET: 'event-hubs' }

  it.each(['root', '$$ConnectionString', connectionString])('has one user only, and %s is not it', (user) => {
    const faults = faultsOf({ ...env, KAFKA_SASL_USERNAME: user })
    expect(faults).toEqual([expect.stringContaining('KAFKA_SASL_USERNAME: is not $ConnectionString')])
    expect(faults.join()).not.toContain('hunter2')
  })

  it.each(['hunter2', 'Endpoint=sb://a.servicebus.windows.net/', connectionString.slice(20)])(
    'wants the whole connection string, and not %s',
    (password) => {
      const faults = faultsOf({ ...env, KAFKA_SASL_PASSWORD: password })
      expect(faults).toEqual([expect.stringContaining('KAFKA_SASL_PASSWORD: is not a whole connection string')])
      expect(faults.join()).not.toContain('hunter2')
    },
  )
})
