import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { meddle } from '../test-support/meddle.js'
import { API, watchRequests } from '../test-support/watch-requests.js'
import { createTransactionStages, transact } from '../transact/test-support/transaction-stage.js'
import { answeringWith } from './test-support/answering-with.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

const CONCURRENT_TRANSACTIONS = 51
/** As kafkajs has them, other than under a test runner. */
const DEFAULTS = { initialRetryTime: 300, retries: 5 }

describeWithBroker('K16: a transaction waits for the markers of the one before no longer than these take', (broker) => {
  const { bootstrap, admin } = broker
  const requests = watchRequests()
  const meddling = meddle()
  const { stage, leaveAll } = createTransactionStages(broker, [requests.guard, meddling.guard])
  afterEach(leaveAll)

  test('red on bare kafkajs: a transaction that meets the markers of the one before sleeps for 300 ms', async () => {
    const sink = uniqueName('invoices')
    await admin.createTopic(sink)
    const producer = await bareProducer(
      bootstrap,
      { transactionalId: uniqueName('tx'), maxInFlightRequests: 1, retry: DEFAULTS },
      { socketFactory: answeringWith(API.addPartitions, CONCURRENT_TRANSACTIONS, 1) },
    )
    const startedMs = performance.now()
    const transaction = await producer.transaction()
    await transaction.send({ topic: sink, messages: [{ value: 'x' }] })
    expect(performance.now() - startedMs).toBeGreaterThan(200)
    await transaction.commit()
  })

  test('green: asked to wait, it asks once more, and goes on', async () => {
    const { sink, open, record, stored } = await stage()
    const sender = await open()
    meddling.answerInstead(API.addPartitions, concurrent(sink))
    expect(await transact(sender, [record('a')])).toBe('committed')
    expect([requests.count('addPartitions'), await stored()]).toEqual([2, ['a']])
  })

  test('green: 500 in a row, each asked for again after 1, 2, 4 ms and so on, are committed and wait a few times each', async () => {
    const { open, hold, record, stored, committed } = await stage()
    const { lease } = await hold(500)
    const sender = await open()
    const retries = ['addPartitions', 'addOffsets', 'endTxn'] as const
    const total = () => retries.reduce((sum, api) => sum + requests.count(api), 0)
    const before = total()
    const took: number[] = []
    for (let round = 1n; round <= 500n; round += 1n) {
      const startedMs = performance.now()
      expect(await transact(sender, [record(`${round}`)], [{ lease, offset: round }])).toBe('committed')
      took.push(performance.now() - startedMs)
    }
    took.sort((a, b) => a - b)
    const shown = [250, 475, 495, 499].map((at) => Math.round(took[at] ?? 0)).join(', ')
    const again = total() - before - 1500
    process.stderr.write(`transactions: p50, p95, p99, most: ${shown} ms; ${again} requests asked again\n`)
    // Four pauses, 15 ms together, for each of the two requests that may meet the markers.
    expect(again).toBeLessThan(500 * 8)
    expect([(await stored()).length, await committed()]).toEqual([500, 500n])
  })
})

/** The answer to AddPartitionsToTxn 1, for partition 0. */
function concurrent(topic: string): Buffer {
  const name = Buffer.from(topic)
  const head = [0, 0, 0, 0, 0, 0, 0, 1, 0, name.length]
  return Buffer.concat([Buffer.from(head), name, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, CONCURRENT_TRANSACTIONS])])
}
