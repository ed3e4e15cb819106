import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { growth, judgeSamples, slopesOf } from './soak/judge-samples.js'
import { rebalanceStorm } from './soak/rebalance-storm.js'

const rebalances = 50

describeWithBroker('a member that stays through 50 rebalances', (cluster) => {
  test('leaves no handle, no listener and no memory behind, and handles each record once', async () => {
    const storm = await rebalanceStorm(cluster, { rebalances, roundsPerSample: 2 })
    const limits = { perMinuteAtMost: 1024 * 1024, perStepAtMost: 64 * 1024 }
    const { heap } = slopesOf(storm.samples)
    process.stdout.write(`${storm.rebalances} rebalances: heap ${growth(heap)}\n`)
    expect(storm.rebalances).toBeGreaterThanOrEqual(rebalances)
    expect(storm.wrong).toEqual([])
    expect(judgeSamples(storm.samples, limits)).toEqual([])
  })
})
