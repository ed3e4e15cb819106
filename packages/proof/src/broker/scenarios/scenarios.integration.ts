import { startEmbeddedBroker, startJvmBroker, isUnavailable, kafkaVersion } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { areas } from './areas.js'
import { compareTraces, printDifference } from './compare-traces.js'
import { isKnown, knownDifferences } from './known-differences.js'
import { type Outcome, runScenarios } from './run-scenarios.js'

const limits = { atOnce: 16, limitMs: 60_000 }
const hookLimitMs = 300_000
const slowMs = 5000
const wanted = process.env['MILLRACE_SCENARIOS']
const chosen = areas.filter(({ name }) => wanted === undefined || wanted.split(',').includes(name))

// Scenarios write records of 1970, which retention would take away after half a minute.
const properties = { 'log.initial.task.delay.ms': '3600000' }

describeWithBroker('scenarios through real clients', ({ kind, bootstrap, probe, probeOf }) => {
  const closing: (() => Promise<void>)[] = []
  let ours: ReadonlyMap<string, Outcome> = new Map()
  let kafka: ReadonlyMap<string, Outcome> | undefined

  const runOn = async (side: string, where: readonly string[], reader = probeOf(where)) => {
    const beganAt = performance.now()
    closing.push(() => reader.close())
    const outcomes = await runScenarios(chosen, { bootstrap: where, probe: reader }, limits)
    process.stdout.write(
      `${outcomes.size} scenarios on ${side}, ${((performance.now() - beganAt) / 1000).toFixed(1)} s\n`,
    )
    const slow = [...outcomes.values()].filter(({ tookMs }) => tookMs > slowMs).toSorted((a, b) => b.tookMs - a.tookMs)
    for (const { name, tookMs } of slow) process.stdout.write(`  ${tookMs} ms  ${name}\n`)
    return outcomes
  }

  beforeAll(async () => {
    if (kind === 'embedded') {
      ours = await runOn('the embedded broker', bootstrap, probe)
      return
    }
    const embedded = await startEmbeddedBroker()
    closing.push(() => embedded.stop())
    ours = await runOn('the embedded broker', embedded.bootstrap)
    // The one version that the embedded broker answers like.
    const jvm = await startJvmBroker({ kafkaVersion, properties })
    if (isUnavailable(jvm)) return
    closing.push(() => jvm.stop())
    kafka = await runOn(`Kafka ${kafkaVersion}`, jvm.bootstrap)
  }, hookLimitMs)

  afterAll(async () => {
    for (const close of closing.toReversed()) await close()
    if (kafka === undefined) return
    const different = [...ours.keys()].filter((name) => differencesIn(name).length > 0)
    process.stdout.write(
      `${ours.size} scenarios, ${ours.size - different.length} equal, ${knownDifferences.length} known differences\n`,
    )
  })

  const differencesIn = (name: string) => compareTraces(kafka?.get(name)?.steps ?? [], ours.get(name)?.steps ?? [])

  test('what is known to differ still does', ({ skip }) => {
    if (kafka === undefined || wanted !== undefined) skip()
    const stale = knownDifferences.filter(
      ({ scenario, at }) => !differencesIn(scenario).some((difference) => difference.at === at),
    )
    expect(stale).toEqual([])
  })

  for (const { name: area, scenarios } of chosen) {
    describe(area, () => {
      for (const scenario of scenarios) {
        const name = `${area}: ${scenario.name}`
        test(scenario.name, () => {
          if (kafka !== undefined) expect(kafka.get(name)?.failure, 'on Kafka').toBeUndefined()
          expect(ours.get(name)?.failure, 'on the embedded broker').toBeUndefined()
          if (kafka === undefined) return
          const unexplained = differencesIn(name).filter((difference) => !isKnown(name, difference))
          expect(unexplained.map(printDifference).join('\n')).toBe('')
        })
      }
    })
  }
})
