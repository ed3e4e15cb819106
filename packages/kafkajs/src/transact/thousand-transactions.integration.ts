import { getEventListeners } from 'node:events'
import type { SharedBroker } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { collectGarbage } from '../produce/test-support/collect-garbage.js'
import { createTransactionStages } from './test-support/transaction-stage.js'

describeWithBroker('a thousand transactions', (broker: SharedBroker) => {
  const { stage, leaveAll } = createTransactionStages(broker)
  afterEach(leaveAll)

  test('leave no handle, no listener and no memory behind', async () => {
    const { open, hold, record, stored, committed } = await stage()
    const { member, lease } = await hold(1_000)
    const sender = await open()
    const long = new AbortController()
    const run = async (from: number, to: number) => {
      for (let number = from; number <= to; number += 1) {
        const transaction = sender.begin()
        const sent = transaction.send(record(`${number}`, number % 2)).catch(() => undefined)
        if (number % 10 === 0) await transaction.abort()
        else await transaction.commit([{ lease, offset: BigInt(number) }], long.signal)
        await sent
      }
      await collectGarbage()
      return { heap: process.memoryUsage().heapUsed, sockets: socketsOpen() }
    }
    const early = await run(1, 200)
    const late = await run(201, 999)
    expect(late.sockets).toBe(early.sockets)
    expect(getEventListeners(long.signal, 'abort')).toEqual([])
    expect((late.heap - early.heap) / 1_000_000).toBeLessThan(4)
    expect([(await stored()).length, await committed()]).toEqual([900, 999n])

    await member.leave()
    const before = socketsOpen()
    await sender.close()
    await expect.poll(socketsOpen).toBeLessThan(before)
  })
})

const socketsOpen = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length
