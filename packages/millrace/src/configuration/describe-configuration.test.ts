import { workerOptions } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { environmentVariables } from '../environment/variables.js'
import { temporaryFolder } from '../test-support/temporary-folder.js'
import { describeConfiguration, type DescribeOptions } from './describe-configuration.js'
import { printConfiguration } from './print-configuration.js'

const describeIn = (file: string, options: DescribeOptions = {}) => {
  using folder = temporaryFolder({ 'millrace.config.yaml': file })
  return describeConfiguration({ env: {}, folder: folder.path, ...options })
}
const rowOf = (name: string, file: string, options: DescribeOptions = {}) =>
  describeIn(file, options).settings.find((setting) => setting.name === name)

describe('a setting', () => {
  const code: DescribeOptions = { kafka: { brokers: ['code:1'] }, sessionTimeout: '20s', transactionalInstance: 'a' }
  const file = 'kafka:\n  brokers: file:1\nsessionTimeout: 30s\n'
  it.each([
    ['kafka.brokers', file, { ...code, env: { KAFKA_BROKERS: 'env:1' } }, 'env:1', 'environment', 'KAFKA_BROKERS'],
    [
      'kafka.brokers',
      file,
      { env: { KAFKA_BOOTSTRAP_SERVERS: 'a:1' } },
      'a:1',
      'environment',
      'KAFKA_BOOTSTRAP_SERVERS',
    ],
    ['kafka.brokers', file, code, 'file:1', 'file', 'millrace.config.yaml:2:3 kafka.brokers'],
    ['kafka.brokers', '', code, 'code:1', 'code', 'option kafka.brokers'],
    ['kafka.brokers', 'kafka: { preset: local }', {}, 'localhost:9092', 'preset', 'preset local'],
    ['kafka.brokers', '', {}, undefined, 'default', ''],
    ['kafka.clientId', '', {}, 'millrace', 'default', ''],
    ['kafka.securityProtocol', '', { env: { KAFKA_SSL: 'true' } }, 'SSL', 'environment', 'KAFKA_SSL'],
    ['sessionTimeout', file, code, '30s', 'file', 'millrace.config.yaml:3:1 sessionTimeout'],
    ['sessionTimeout', '', code, '20s', 'code', 'option sessionTimeout'],
    ['sessionTimeout', '', {}, '15s', 'default', ''],
    [
      'shutdownTimeout',
      '',
      { shutdownTimeout: '3s', env: { SHUTDOWN_TIMEOUT: '4s' } },
      '4s',
      'environment',
      'SHUTDOWN_TIMEOUT',
    ],
    ['shutdownTimeout', '', { shutdownTimeout: '3s' }, '3s', 'code', 'option shutdownTimeout'],
    [
      'instanceId',
      '',
      { instanceId: 'a', env: { KAFKA_GROUP_INSTANCE_ID: 'b' } },
      'b',
      'environment',
      'KAFKA_GROUP_INSTANCE_ID',
    ],
    [
      'transactionalInstance',
      '',
      { ...code, env: { KAFKA_INSTANCE_ID: 'b' } },
      'a',
      'code',
      'option transactionalInstance',
    ],
    ['transactionalInstance', '', { env: { KAFKA_INSTANCE_ID: 'b' } }, 'b', 'environment', 'KAFKA_INSTANCE_ID'],
    ['ops.port', '', { ops: false }, 'off', 'code', 'option ops.port'],
    ['logLevel', '', { logLevel: 'debug' }, 'debug', 'code', 'option logLevel'],
  ] as const)('%s with %j and %j is %s from %s', (name, text, options, value, origin, source) => {
    expect(rowOf(name, text, options)).toMatchObject({ value, origin, source })
  })

  it('is there for each variable that has an option, and each option of a worker, once', () => {
    const names = describeIn('').settings.map(({ name }) => name)
    const options = Object.values(environmentVariables).flatMap(({ option }) => option ?? [])
    expect(names.toSorted()).toEqual([...new Set([...options, ...Object.keys(workerOptions)])].toSorted())
  })
})

describe('the description', () => {
  it('names all problems, of environment, files and code, and all warnings', () => {
    const { problems, warnings } = describeIn('surprise: 1\nlogLevel: loud\n', {
      env: { KAFKA_SASL_PASSWORD_FILE: '/nowhere', KAFKA_BROKER: 'a:1', OPS_PORT: 'x' },
      maxConcurrency: 0,
    })
    expect(problems.map(({ where }) => where)).toEqual([
      'KAFKA_SASL_PASSWORD_FILE',
      'millrace.config.yaml:1:1 surprise',
      'KAFKA_BROKERS',
      'millrace.config.yaml:2:1 logLevel',
      'OPS_PORT',
      'option: maxConcurrency',
    ])
    expect(warnings).toEqual(['KAFKA_BROKER is not read: did you mean KAFKA_BROKERS?'])
  })

  it('is printed as a table, with problems and warnings below', () => {
    const text = printConfiguration(
      describeIn('kafka:\n  sasl:\n    password: hunter2\n', {
        env: { KAFKA_BROKERS: 'a:1', KAFKA_CLINT_ID: 'x', KAFKA_SSL_CA: `x\ny${'z'.repeat(80)}` },
      }),
    )
    expect(text).toMatch(/^setting +value +source\nkafka\.brokers +a:1 +KAFKA_BROKERS$/m)
    expect(text).toMatch(/^kafka\.sasl\.password +\*{8} +millrace\.config\.yaml:3:5 kafka\.sasl\.password$/m)
    expect(text).toMatch(/^kafka\.sasl\.username +not set$/m)
    expect(text).toMatch(/^kafka\.ssl\.ca +x yz{56}… +KAFKA_SSL_CA$/m)
    expect(text).toMatch(/^sessionTimeout +15s +default$/m)
    expect(text).toMatch(/^problem: .*kafka\.sasl\.password: is set, but .*\n {4}fix: /m)
    expect(text).toMatch(/^warning: KAFKA_CLINT_ID is not read: did you mean KAFKA_CLIENT_ID\?$/m)
    expect(text).not.toContain('hunter2')
  })
})
