import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OwnChaosCluster, startChaosCluster } from './chaos/chaos-cluster.js'
import { faultLine } from './chaos/chaos-report.js'
import { exactlyOnceReport } from './chaos/exactly-once-report.js'
import { exactlyOnceSchedule, shortestExactlyOnceMs } from './chaos/exactly-once-schedule.js'
import { judgeExactlyOnce } from './chaos/judge-exactly-once.js'
import { keepEvidence } from './chaos/keep-evidence.js'
import { runExactlyOnce } from './chaos/run-exactly-once.js'

/** The same faults in every run, and others where somebody asks for them. */
const seed = Number(process.env['MILLRACE_CHAOS_SEED'] ?? 2)
/** Where everything that was seen is kept, for whoever has to find out why a run was red. */
const folder = process.env['MILLRACE_CHAOS_EVIDENCE']
const records = 24_000
/** Beyond the flow: what a red run waits for, until every limit of its own has passed and the verdict is reached. */
const limitMs = 900_000

describeWithBroker('a pipeline of three workers', (shared) => {
  let own: OwnChaosCluster
  beforeAll(async () => {
    own = await startChaosCluster(shared)
  })
  afterAll(() => own.stop())

  test(
    'writes f(input) exactly once, while workers die at every point of a transaction and come back as zombies',
    async () => {
      const durationMs = shortestExactlyOnceMs
      const schedule = exactlyOnceSchedule({ seed, durationMs })
      process.stdout.write(`exactly once, seed ${seed}\n`)
      const onFired = (...fired: Parameters<typeof faultLine>): void => {
        process.stdout.write(`${faultLine(...fired)}\n`)
      }
      const evidence = await runExactlyOnce(own, { schedule, durationMs, onFired, records })
      const { wrong, ...verdict } = judgeExactlyOnce(evidence)
      const report = exactlyOnceReport(evidence, { wrong, ...verdict })
      process.stdout.write(`${report.join('\n')}\n\n`)
      if (folder !== undefined) await keepEvidence(folder, evidence, { wrong, report })
      expect(wrong).toEqual([])
    },
    limitMs,
  )
})
