import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type EmbeddedBrokerOptions, startEmbeddedBroker } from './embedded-broker.js'
import { parseAddresses } from './external-broker.js'
import { launchBroker } from './launch-broker.js'
import { int32, rawRequest } from './raw-request.js'

const everything = { apiKey: 3, apiVersion: 1, body: int32(-1) }

async function setup(options: EmbeddedBrokerOptions = {}) {
  const broker = await startEmbeddedBroker(options)
  onTestFinished(() => broker.stop())
  const [address] = parseAddresses(broker.bootstrap.join())
  if (address === undefined) throw new Error('no address')
  const ask = (timeoutMs = 5000) => rawRequest(address, everything, AbortSignal.timeout(timeoutMs))
  return { ...broker, address, ask }
}

describe('an embedded broker', () => {
  test('is there at once, on a port of its own, without a process', async () => {
    const { kind, bootstrap, control, ask } = await setup()
    expect([kind, control.pid]).toEqual(['embedded', undefined])
    expect(bootstrap).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)])
    expect((await ask()).length).toBeGreaterThan(0)
  })

  test('answers nothing while paused, though it accepts connections, and then everything', async () => {
    const { control, address, ask } = await setup()
    control.pause()
    control.pause()
    const socket = connect(address)
    await once(socket, 'connect')
    socket.destroy()
    await expect(ask(100)).rejects.toThrow()
    const late = ask()
    control.resume()
    expect((await late).length).toBeGreaterThan(0)
  })

  test('is gone when killed, and comes back on the same port with what it had', async () => {
    const { control, broker, ask } = await setup({ topics: { orders: 6 } })
    const before = await ask()
    control.pause()
    await control.kill()
    await control.kill()
    await expect(ask()).rejects.toThrow('ECONNREFUSED')
    await control.restart()
    expect((await ask()).length).toBe(before.length)
    await control.restart()
    expect(broker.inspect.topic('orders')?.partitions.length).toBe(6)
  })

  test("takes Kafka's settings by Kafka's names, and refuses what it has not", async () => {
    const { broker } = await setup({ properties: { 'group.min.session.timeout.ms': '7000', 'num.partitions': '3' } })
    expect(broker.nodeId).toBe(1)
    await expect(startEmbeddedBroker({ properties: { 'log.cleaner.backoff.ms': '1' } })).rejects.toMatchObject({
      code: 'MILLRACE_TEST_BROKER_FAILED',
      message: expect.stringContaining('log.cleaner.backoff.ms'),
    })
  })

  test('opens plaintext listeners that advertise another port, and no others', async () => {
    const { listeners, bootstrap } = await setup({
      listeners: [{ name: 'PROXIED', protocol: 'PLAINTEXT', advertisedPort: 19_092 }],
    })
    expect(listeners['PROXIED']).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(listeners['PROXIED']).not.toBe(bootstrap[0])
    const secured = startEmbeddedBroker({ listeners: [{ name: 'SASL', protocol: 'SASL_PLAINTEXT' }] })
    await expect(secured).rejects.toMatchObject({ code: 'MILLRACE_TEST_BROKER_FAILED' })
  })

  test('is what a launch gives where nothing else is asked for', async () => {
    const nothingInstalled = { JAVA_HOME: '/nowhere', CI: 'true' }
    const found = await launchBroker({ env: nothingInstalled })
    expect(found).toMatchObject({ kind: 'embedded' })
    await ('stop' in found ? found.stop() : undefined)
  })
})
