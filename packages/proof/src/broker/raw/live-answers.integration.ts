import { isUnavailable } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { beforeAll, describe, expect, it } from 'vitest'
import { areas } from './areas.js'
import { startKafka } from './brokers-to-compare.js'
import { areasBySettings, playEmbedded } from './compare-areas.js'
import { compareTraces, type Difference, printDifference } from './compare-traces.js'
import { judgeDifferences } from './judge-differences.js'
import { playUntilSettled } from './play-until-settled.js'
import { readRecording } from './recordings.js'
import type { Area } from './script.js'
import type { Traces } from './trace.js'

const atOnce = 12
const limitMs = 300_000

interface Compared {
  /** From Kafka, live. */
  readonly embedded: readonly Difference[]
  /** From what is recorded. */
  readonly drift: readonly Difference[]
}

/** Undefined where there is no Java. */
async function playKafka(group: readonly Area[]): Promise<ReadonlyMap<Area, Traces> | undefined> {
  const kafka = await startKafka(group[0]?.settings)
  if (isUnavailable(kafka)) return undefined
  try {
    const recorded: Traces = Object.assign({}, ...(await Promise.all(group.map(recordingOf))))
    const traces = await playUntilSettled(
      group.flatMap(({ scripts }) => scripts),
      kafka.address,
      { atOnce, isSettled: (name, trace) => compareTraces(only(name, recorded), { [name]: trace }).length === 0 },
    )
    return new Map(group.map((area) => [area, pick(traces, area)]))
  } finally {
    await kafka.stop()
  }
}

const recordingOf = async ({ name }: Area): Promise<Traces> => (await readRecording(name)).scripts
const only = (name: string, traces: Traces): Traces => ({ [name]: traces[name] ?? [] })
const pick = (traces: Traces, { scripts }: Area): Traces =>
  Object.fromEntries(scripts.map(({ name }) => [name, traces[name] ?? []]))

// One broker per group of settings answers everything, so it starts its own in the version that is recorded.
describeWithBroker('what Kafka answers to raw requests', { needs: ['jvm process'] }, () => {
  const compared = new Map<string, Compared>()

  beforeAll(async () => {
    for (const group of areasBySettings()) {
      const live = await playKafka(group)
      if (live === undefined) return
      const comparing = [...live].map(async ([area, kafka]) => {
        const embedded = compareTraces(kafka, await playEmbedded(area, kafka))
        compared.set(area.name, { embedded, drift: compareTraces(await recordingOf(area), kafka) })
      })
      await Promise.all(comparing)
    }
    process.stdout.write(`${summaryOf(compared)}\n`)
  }, limitMs)

  describe.each(areas)('$name', ({ name }) => {
    it('is what the embedded broker answers', ({ skip }) => {
      skip(compared.size === 0, 'Kafka of the recorded version cannot be started here')
      const { unexplained } = judgeDifferences(compared.get(name)?.embedded ?? [])
      expect(unexplained.map(printDifference).join('\n')).toBe('')
    })

    it('is what is recorded (else: pnpm proof record-answers)', ({ skip }) => {
      skip(compared.size === 0, 'Kafka of the recorded version cannot be started here')
      expect((compared.get(name)?.drift ?? []).map(printDifference).join('\n')).toBe('')
    })
  })
})

function summaryOf(found: ReadonlyMap<string, Compared>): string {
  const differences = [...found.values()].flatMap(({ embedded }) => embedded)
  const different = new Set(differences.map(({ script }) => script)).size
  const all = areas.reduce((sum, { scripts }) => sum + scripts.length, 0)
  return `${all} scripts, ${all - different} equal, ${judgeDifferences(differences).known.length} known differences`
}
