import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { growth, judgeSamples, slopesOf } from './soak/judge-samples.js'
import { transactionStorm } from './soak/transaction-storm.js'

const transactions = 1_000
const step = 'transaction'

describeWithBroker('a pipeline through 1,000 transactions', (cluster) => {
  test('leaves no handle, no listener and no memory behind, and every output is there once', async () => {
    const storm = await transactionStorm(cluster, { transactions, perSample: transactions / 20 })
    const limits = { perMinuteAtMost: 1024 * 1024, perStepAtMost: 1024, step }
    const { heap } = slopesOf(storm.samples)
    process.stdout.write(`${storm.committed} transactions and ${storm.plain} plain ones: heap ${growth(heap, step)}\n`)
    expect(storm.committed).toBeGreaterThanOrEqual(transactions)
    expect(storm.wrong).toEqual([])
    expect(judgeSamples(storm.samples, limits)).toEqual([])
  })
})
