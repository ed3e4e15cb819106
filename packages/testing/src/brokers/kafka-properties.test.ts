import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { kafkaJvmFile, kafkaVersion } from './kafka-jars.js'
import { refusedProperties, serverProperties } from './kafka-properties.js'

const voters = '1@127.0.0.1:20002'
const ports = { port: 20_001, controllerPort: 20_002, extraPorts: [20_003, 20_004] }
const address = { directory: '/run/one', nodeId: 1, voters, ...ports }
const template = readFileSync(kafkaJvmFile('single.properties'), 'utf8')

/** As Java reads the file: the last line of a name wins. */
const read = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line.includes('=') && !line.startsWith('#'))
      .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

describe('serverProperties', () => {
  test.each(['single.properties', 'node.properties'])(
    'fills %s: nothing is left to replace, and no port is Kafka’s default',
    (name) => {
      const text = serverProperties(readFileSync(kafkaJvmFile(name), 'utf8'), address, {
        listeners: [],
        properties: {},
      })
      expect(read(text).get('node.id')).toBe('1')
      expect(read(text).get('controller.quorum.voters')).toBe(voters)
      expect(
        text
          .split('\n')
          .filter((line) => !line.startsWith('#'))
          .join('\n'),
      ).not.toMatch(/@\w+@|:9092|:9093/)
      expect(read(text).get('listeners')).toBe('PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002')
      expect(read(text).get('advertised.listeners')).toBe('PLAINTEXT://127.0.0.1:20001')
      expect(read(text).get('log.dirs')).toBe('/run/one/data')
      expect(read(text).get('auto.create.topics.enable')).toBe('false')
    },
  )

  test('adds listeners with their own settings beside the plaintext one', () => {
    const listeners = [
      { name: 'SASL', protocol: 'SASL_PLAINTEXT', properties: { 'plain.sasl.jaas.config': 'x required user_a="b";' } },
      { name: 'TLS', protocol: 'SSL' },
    ] as const
    const found = read(serverProperties(template, address, { listeners, properties: {} }))
    expect(found.get('listeners')).toBe(
      'PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002,SASL://127.0.0.1:20003,TLS://127.0.0.1:20004',
    )
    expect(found.get('advertised.listeners')).toBe(
      'PLAINTEXT://127.0.0.1:20001,SASL://127.0.0.1:20003,TLS://127.0.0.1:20004',
    )
    expect(found.get('listener.security.protocol.map')).toContain('SASL:SASL_PLAINTEXT,TLS:SSL')
    expect(found.get('listener.name.sasl.plain.sasl.jaas.config')).toBe('x required user_a="b";')
  })

  test('sends the clients of a listener to another port where one is given', () => {
    const listeners = [{ name: 'PROXIED', protocol: 'PLAINTEXT', advertisedPort: 30_000 }] as const
    const found = read(serverProperties(template, address, { listeners, properties: {} }))
    expect(found.get('listeners')).toContain('PROXIED://127.0.0.1:20003')
    expect(found.get('advertised.listeners')).toBe('PLAINTEXT://127.0.0.1:20001,PROXIED://127.0.0.1:30000')
  })

  test('lets the caller override a setting and name the broker’s directory', () => {
    const properties = { 'auto.create.topics.enable': 'true', 'ssl.truststore.location': '@DIR@/ca.crt' }
    const found = read(serverProperties(template, address, { listeners: [], properties }))
    expect(found.get('auto.create.topics.enable')).toBe('true')
    expect(found.get('ssl.truststore.location')).toBe('/run/one/ca.crt')
  })

  test.each([
    ['a backslash', 'C:\\new', 'C:\\\\new'],
    ['a line end', 'one\ntwo', 'one\\ntwo'],
    ['a leading space', ' x', '\\ x'],
  ])('escapes %s in a value', (_what, value, written) => {
    expect(read(serverProperties('', address, { listeners: [], properties: { name: value } })).get('name')).toBe(
      written,
    )
  })
})

test('refuses what the formatted directory or the picked ports decide', () => {
  expect(
    refusedProperties({ 'node.id': '2', listeners: 'x', 'controller.listener.names': 'C', 'num.partitions': '3' }),
  ).toEqual(['node.id', 'listeners', 'controller.listener.names'])
})

test('the pom fetches the Kafka that the kit says it starts', () => {
  expect(readFileSync(kafkaJvmFile('pom.xml'), 'utf8')).toContain(`<kafka.version>${kafkaVersion}<`)
})
