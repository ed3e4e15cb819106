import { expect, test } from 'vitest'
import { isRealKafkaRequired, launchBroker } from './launch-broker.js'

const nothingInstalled = { JAVA_HOME: '/nowhere', DOCKER_HOST: 'unix:///nowhere/docker.sock' }

test.each([
  [undefined, false],
  ['', false],
  ['false', false],
  ['0', false],
  ['true', true],
  ['1', true],
])('CI=%s requires real Kafka: %s', (ci, required) => {
  expect(isRealKafkaRequired(ci === undefined ? {} : { CI: ci })).toBe(required)
})

test('a machine without Java and Docker gets one line that says what to do', async () => {
  expect(await launchBroker({ env: nothingInstalled, prefer: 'real' })).toEqual({
    unavailable: 'no Java 17+ found (install a JDK or set MILLRACE_TEST_BROKERS)',
  })
})

test('in CI the same machine is an error', async () => {
  await expect(launchBroker({ env: { ...nothingInstalled, CI: 'true' }, prefer: 'real' })).rejects.toMatchObject({
    code: 'MILLRACE_TEST_BROKER_MISSING',
    message: expect.stringContaining('no Java 17+ found'),
  })
})
