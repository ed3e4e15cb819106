import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, describe, expect, test } from 'vitest'
import { brokerTest } from './broker-test.js'

const it = brokerTest.override('brokerOptions', { topics: { orders: 6 } })
const seen = new Set<unknown>()

describe('brokerTest', () => {
  it('has a broker with the topics of the file', ({ broker }) => {
    seen.add(broker)
    expect(broker.inspect.topic('orders')?.partitions.length).toBe(6)
  })

  it('has one broker for the whole file, which listens', async ({ broker }) => {
    seen.add(broker)
    expect(seen.size).toBe(1)
    const socket = connect(broker.port, broker.host)
    await once(socket, 'connect')
    socket.destroy()
  })

  test('is not there for a test that does not name it', (context) => {
    expect(context).not.toHaveProperty('broker')
  })
})

// The broker outlives the tests, and is stopped with the file.
afterAll(() => expect(seen.size).toBe(1))
