import { silentLogger } from '@millrace/core'
import { createScriptedDriver } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { createTransactionalProducer, topic, utf8 } from './index.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })
const Ledger = topic('ledger.v1', { key: utf8, value: utf8 })

function setup() {
  const driver = createScriptedDriver({ createTopics: { partitions: 1 } })
  let closed = 0
  const close = async (): Promise<void> => {
    closed += 1
    await driver.close()
  }
  const producer = createTransactionalProducer({
    ...{ transactionalId: 'billing-1', topicPrefix: 'dev.', logger: silentLogger, env: {} },
    driver: { ...driver, close },
  })
  const valuesOf = (name: string): readonly string[] => driver.records(name).map(({ value }) => String(value))
  return { driver, producer, valuesOf, closed: () => closed }
}

describe('a transactional producer', () => {
  it('stores records of several topics together, under the names that the prefix gives them', async () => {
    const { producer, valuesOf } = setup()

    await producer.transaction(async (tx) => {
      await tx.send(Orders, { key: 'a', value: 'one' })
      await tx.send(Ledger, { key: 'a', value: 'two' })
    })

    expect([valuesOf('dev.orders.v1'), valuesOf('dev.ledger.v1')]).toEqual([['one'], ['two']])
  })

  it('leaves nothing of a transaction whose function throws, and goes on with the next one', async () => {
    const { producer, valuesOf } = setup()

    const failed = producer.transaction(async (tx) => {
      await tx.send(Orders, { key: 'a', value: 'lost' })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await producer.transaction((tx) => tx.send(Orders, { key: 'a', value: 'kept' }))

    expect(valuesOf('dev.orders.v1')).toEqual(['kept'])
  })

  it('takes nothing after it was closed, and closes its driver once', async () => {
    const { producer, closed } = setup()

    await producer.close()
    await producer.close()

    await expect(producer.transaction(() => 1)).rejects.toMatchObject({ code: 'MILLRACE_PRODUCE_CLOSED' })
    expect(closed()).toBe(1)
  })

  it('names every wrong option at once', () => {
    const make = () => createTransactionalProducer({ transactionalId: ' ', transactionTimeout: '1ms', env: {} })

    expect(make).toThrow(/transactionalId.*transactionTimeout/s)
  })
})
