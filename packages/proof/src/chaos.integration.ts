import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OwnChaosCluster, startChaosCluster } from './chaos/chaos-cluster.js'
import { chaosReport, faultLine } from './chaos/chaos-report.js'
import { chaosSchedule, type PlannedFault, shortestChaosMs } from './chaos/chaos-schedule.js'
import { gracefulSchedule } from './chaos/graceful-schedule.js'
import { type ChaosEvidence, type ChaosVerdict, judgeChaos, judgeGraceful } from './chaos/judge-chaos.js'
import { runChaos } from './chaos/run-chaos.js'

/** The same faults in every run, and others where somebody asks for them. */
const seed = Number(process.env['MILLRACE_CHAOS_SEED'] ?? 2)
const gracefulMs = 50_000
/** Beyond the flow: what a red run waits for, until every limit of its own has passed and the verdict is reached. */
const limitMs = 480_000

// On embedded brokers the same faults are done to pipelines: see chaos-exactly-once.
describeWithBroker('three workers at 500 records/s', { needs: ['jvm process'] }, (shared) => {
  let own: OwnChaosCluster
  beforeAll(async () => {
    own = await startChaosCluster(shared)
  })
  afterAll(() => own.stop())

  interface Phase {
    readonly title: string
    readonly schedule: readonly PlannedFault[]
    readonly durationMs: number
    readonly judge: (evidence: ChaosEvidence) => ChaosVerdict
  }

  async function expectNothingWrong({ title, schedule, durationMs, judge }: Phase): Promise<void> {
    process.stdout.write(`${title}, seed ${seed}\n`)
    const onFired = (...fired: Parameters<typeof faultLine>): void => {
      process.stdout.write(`${faultLine(...fired)}\n`)
    }
    const evidence = await runChaos(own, { schedule, durationMs, onFired })
    const verdict = judge(evidence)
    process.stdout.write(`${chaosReport(evidence, verdict).join('\n')}\n\n`)
    expect(verdict.wrong).toEqual([])
  }

  test(
    'lose nothing, and do again only what is explained, while workers, broker and network fail',
    async () => {
      const durationMs = shortestChaosMs
      const schedule = chaosSchedule({ seed, durationMs })
      await expectNothingWrong({ title: 'chaos', schedule, durationMs, judge: judgeChaos })
    },
    limitMs,
  )

  test(
    'do nothing twice while they are stopped, join and leave',
    async () => {
      const schedule = gracefulSchedule({ seed, durationMs: gracefulMs })
      await expectNothingWrong({ title: 'graceful moves', schedule, durationMs: gracefulMs, judge: judgeGraceful })
    },
    limitMs,
  )
})
