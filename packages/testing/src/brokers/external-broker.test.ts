import { describe, expect, test } from 'vitest'
import { findExternalBroker, parseAddresses } from './external-broker.js'
import { freePorts } from './free-ports.js'

test.each([
  ['kafka:19092', [{ host: 'kafka', port: 19_092 }]],
  [
    ' a:1 , b:2,',
    [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
  ],
  ['[::1]:19092', [{ host: '::1', port: 19_092 }]],
  ['', []],
])('reads %j', (list, addresses) => {
  expect(parseAddresses(list)).toEqual(addresses)
})

test.each(['kafka', 'kafka:', 'kafka:0', 'kafka:70000', '::1:9092', 'a:1;b:2'])('refuses %j', (list) => {
  expect(() => parseAddresses(list)).toThrow(expect.objectContaining({ code: 'MILLRACE_TEST_BROKER_FAILED' }))
})

describe('findExternalBroker', () => {
  test('never takes KAFKA_BROKERS', async () => {
    expect(await findExternalBroker({ KAFKA_BROKERS: 'production:9092' })).toBeUndefined()
  })

  test('fails, instead of falling back, where the named cluster does not answer', async () => {
    const [port] = await freePorts(1)
    const env = { MILLRACE_TEST_BROKERS: `127.0.0.1:${port}` }
    await expect(findExternalBroker(env, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'MILLRACE_TEST_BROKER_FAILED',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })
})
