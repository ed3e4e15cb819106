import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../test-support/temporary-folder.js'
import { fileKeys } from './file-keys.js'
import { readOutside } from './read-outside.js'

const read = (text: string, name = 'millrace.config.yaml') => {
  using folder = temporaryFolder({ [name]: text })
  return readOutside({}, folder.path)
}
const faultsOf = (text: string): readonly string[] =>
  read(text).problems.map(
    ({ where, problem, fix }) => `${where.replace('millrace.config.yaml:', '')}: ${problem}; ${fix}`,
  )

describe('where the file is', () => {
  it.each(['millrace.config.json', 'millrace.config.yaml', 'millrace.config.yml'])('%s in the folder', (name) => {
    expect(read('{"logLevel": "debug"}', name).said.get('LOG_LEVEL')).toEqual({
      text: 'debug',
      where: `${name}:1:2 logLevel`,
      origin: 'file',
    })
  })

  it('where MILLRACE_CONFIG says, and then nowhere else', () => {
    using folder = temporaryFolder({ 'millrace.config.yaml': 'logLevel: info', 'other.yml': 'logLevel: debug' })
    const { said, problems } = readOutside({ MILLRACE_CONFIG: `${folder.path}/other.yml` }, folder.path)
    expect(problems).toEqual([])
    expect(said.get('LOG_LEVEL')?.text).toBe('debug')
  })

  it('nowhere, which is no problem', () => {
    using folder = temporaryFolder()
    expect(readOutside({}, folder.path)).toMatchObject({ problems: [], warnings: [], options: {} })
  })

  it.each([
    ['/nowhere/a.yaml', "/nowhere/a.yaml can't be read (ENOENT)"],
    ['/etc/millrace.toml', '/etc/millrace.toml is neither JSON nor YAML'],
  ])('%s of MILLRACE_CONFIG is a problem', (path, problem) => {
    expect(readOutside({ MILLRACE_CONFIG: path }).problems).toMatchObject([{ where: 'MILLRACE_CONFIG', problem }])
  })

  it('is not guessed where there are two', () => {
    using folder = temporaryFolder({ 'millrace.config.json': '{}', 'millrace.config.yml': '' })
    expect(readOutside({}, folder.path).problems).toMatchObject([
      { where: 'millrace.config.json', problem: 'stands beside millrace.config.yml' },
    ])
  })
})

describe('what is in it', () => {
  it('is settings and options of the worker', () => {
    const { said, options, places, problems } = read(`
kafka:
  brokers: [a:9092, 'b:9092']
  sasl:
    password: 0123
ops:
  port: 9000
  host:
schemaRegistry:
shutdownTimeout: 40s
sessionTimeout: 30s
maxConcurrency: 10
watchdog: off
verifyTopics: false
`)
    expect(problems).toEqual([])
    expect(Object.fromEntries([...said].map(([name, { text }]) => [name, text]))).toEqual({
      KAFKA_BROKERS: 'a:9092,b:9092',
      KAFKA_SASL_PASSWORD: '0123',
      OPS_PORT: '9000',
      SHUTDOWN_TIMEOUT: '40s',
    })
    expect(options).toEqual({ sessionTimeout: '30s', maxConcurrency: 10, watchdog: 'off', verifyTopics: false })
    expect(places.get('watchdog')).toBe('millrace.config.yaml:13:1 watchdog')
  })

  it.each([
    ['kafak:\n  brokers: a:1', '1:1 kafak: is not a key; did you mean kafka?'],
    ['kafka:\n  sasl:\n    pasword: x', '3:5 kafka.sasl.pasword: is not a key; did you mean kafka.sasl.password?'],
    ['brokers: a:1', '1:1 brokers: is not a key; did you mean kafka.brokers?'],
    [
      'kafka:\n  foo: 1',
      '2:3 kafka.foo: is not a key; use one of brokers, preset, clientId, securityProtocol, ssl, sasl',
    ],
    ['logLevel:\n  deep: 1', '2:3 logLevel.deep: is no key: above it stands one value; write logLevel: and its value'],
    [
      'kafka: a:1',
      '1:1 kafka: has keys below it and no value; use brokers, preset, clientId, securityProtocol, ssl, sasl',
    ],
    ['logLevel: [debug]', '1:1 logLevel: is a list; write one value'],
    [
      'maxConcurrency: many',
      '1:1 maxConcurrency: "many" is not an integer from 1 to 100000; use an integer from 1 to 100000',
    ],
    ['sessionTimeout: 30', "1:1 sessionTimeout: 30 is not a duration; write a number and a unit, such as '10s'"],
    [
      'instanceId: a',
      '1:1 instanceId: belongs to one process, and the file is the same for all; set KAFKA_GROUP_INSTANCE_ID instead, such as to the name of the pod',
    ],
    [
      'transactionalInstance: a',
      '1:1 transactionalInstance: belongs to one process, and the file is the same for all; set KAFKA_INSTANCE_ID instead, such as to the name of the pod',
    ],
    ['surprise:', expect.stringContaining('1:1 surprise: is not a key')],
    ['ops: {}', '1:1 ops: has keys below it and no value; use port, host, admin'],
    ['__proto__:\n  x: 1', expect.stringContaining('1:1 __proto__: is not a key')],
  ])('%j is a problem', (text, fault) => {
    expect(faultsOf(text)).toEqual([fault])
  })

  it('tells all faults at once, an unknown group once', () => {
    expect(faultsOf('kafkaa:\n  brokers: a\n  clientId: b\nrestarts: x\nsurprise: 1')).toHaveLength(3)
  })

  it('has a key for each setting and each option of a worker', () => {
    expect(fileKeys.size).toBeGreaterThan(40)
    for (const [path, key] of fileKeys) {
      const fault = faultsOf(
        path
          .split('.')
          .map((name, depth) => `${' '.repeat(depth)}${name}:`)
          .join('\n'),
      )
      expect(fault, `${path} ${key.kind}`).toEqual([])
    }
  })
})
