import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { rollWorkers } from './rolling-deploy/roll-workers.js'

const options = { workers: 3, partitions: 6, restartMs: 300, settleMs: 300, tickMs: 20 }

describeWithBroker('a deploy that replaces one worker after the other', (cluster) => {
  test('moves partitions of dynamic members to others and back, and loses and repeats nothing', async () => {
    const figures = await rollWorkers(cluster, { ...options, isStatic: false })
    expect(figures).toMatchObject({ lost: 0, again: 0 })
    expect(figures.moved).toBeGreaterThan(options.workers)
    expect(figures.othersRejoined).toBeGreaterThan(options.workers)
  })

  test('moves nothing of static members, and nobody else stops', async () => {
    const figures = await rollWorkers(cluster, { ...options, isStatic: true })
    expect(figures).toMatchObject({ lost: 0, again: 0, moved: 0, othersRejoined: 0 })
    expect(figures.stallOfRestartedMs).toBeGreaterThan(options.restartMs - 100)
  })
})
