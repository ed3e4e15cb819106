import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OwnChaosCluster, startChaosCluster } from './chaos/chaos-cluster.js'
import { chaosReport, faultLine } from './chaos/chaos-report.js'
import { shortestChaosMs } from './chaos/chaos-schedule.js'
import { judgeChaos } from './chaos/judge-chaos.js'
import { runChaos } from './chaos/run-chaos.js'

/** The same faults in every run, and others where somebody asks for them. */
const seed = Number(process.env['MILLRACE_CHAOS_SEED'] ?? 1)

describeWithBroker('chaos', (shared) => {
  let own: OwnChaosCluster
  beforeAll(async () => {
    own = await startChaosCluster(shared.probeOf)
  })
  afterAll(() => own.stop())

  test(`loses nothing at least once while workers, broker and network fail (seed ${seed})`, async () => {
    process.stdout.write(`chaos at-least-once, seed ${seed}\n`)
    const evidence = await runChaos(own, {
      ...{ seed, durationMs: shortestChaosMs },
      onFired: (fired, sinceStartMs) => process.stdout.write(`${faultLine(fired, sinceStartMs)}\n`),
    })
    const verdict = judgeChaos(evidence)
    process.stdout.write(`${chaosReport('At least once', evidence, verdict)}\n`)
    expect(verdict.wrong).toEqual([])
  }, 300_000)
})
