import { expect, it } from 'vitest'
import { environmentVariables } from '../environment/variables.js'
import { warnOfUnknown } from './warn-of-unknown.js'

const warningsOf = (...names: readonly string[]) => warnOfUnknown(Object.fromEntries(names.map((name) => [name, 'x'])))

it.each([
  ['KAFKA_BROKER', 'KAFKA_BROKERS'],
  ['kafka_brokers', 'KAFKA_BROKERS'],
  ['KAFKA_SASL_PASSWD', 'KAFKA_SASL_PASSWORD'],
  ['KAFKA_USERNAME', 'KAFKA_SASL_USERNAME'],
  ['KAFKA_CLIENT_SECRET', 'KAFKA_SASL_OAUTH_CLIENT_SECRET'],
  ['KAFKA_BROKERS_FILE', 'KAFKA_BROKERS'],
  ['KAFKA_SASL_PASSWORD_FIEL', 'KAFKA_SASL_PASSWORD_FILE'],
  ['SCHEMA_REGISTRY_URI', 'SCHEMA_REGISTRY_URL'],
  ['OPS_PROT', 'OPS_PORT'],
  ['LOG_LEVLE', 'LOG_LEVEL'],
  ['SHUTDOWN_TIMEOUTS', 'SHUTDOWN_TIMEOUT'],
])('%s is asked about: %s', (name, meant) => {
  expect(warningsOf(name)).toEqual([`${name} is not read: did you mean ${meant}?`])
})

it('lets variables of others pass: of brokers in containers, of service links, of other tools', () => {
  const others = [
    'KAFKA_PORT',
    'KAFKA_PORT_9092_TCP_ADDR',
    'KAFKA_SERVICE_HOST',
    'SCHEMA_REGISTRY_PORT',
    'SCHEMA_REGISTRY_SERVICE_HOST',
    'KAFKA_HEAP_OPTS',
    'KAFKA_ADVERTISED_LISTENERS',
    'KAFKA_NODE_ID',
    'MILLRACE_TEST_BROKERS',
    'ORDERS_TOPIC',
    'BROKERS',
    'APP_PORT',
    'DOG_LEVEL',
    'PATH',
  ]
  expect(warningsOf(...others)).toEqual([])
})

it('says nothing of those that are read, nor of empty ones', () => {
  expect(warningsOf(...Object.keys(environmentVariables), 'KAFKA_SASL_PASSWORD_FILE')).toEqual([])
  expect(warnOfUnknown({ KAFKA_BROKER: '' })).toEqual([])
})
