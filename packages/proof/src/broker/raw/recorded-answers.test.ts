import { beforeAll, describe, expect, it } from 'vitest'
import { areas } from './areas.js'
import { playEmbedded } from './compare-areas.js'
import { compareTraces, type Difference, printDifference } from './compare-traces.js'
import { judgeDifferences, type Verdict } from './judge-differences.js'
import { readRecording } from './recordings.js'

/** All areas at once: each has a broker of its own, and most of it is waiting. */
async function compareWithRecordings(): Promise<ReadonlyMap<string, readonly Difference[]>> {
  const found = areas.map(async (area) => {
    const { scripts: kafka } = await readRecording(area.name)
    return [area.name, compareTraces(kafka, await playEmbedded(area, kafka))] as const
  })
  return new Map(await Promise.all(found))
}

describe('the embedded broker answers raw requests as Kafka did when it was recorded', () => {
  let differences: ReadonlyMap<string, readonly Difference[]> = new Map()
  let verdict: Verdict = { unexplained: [], known: [], stale: [] }

  beforeAll(async () => {
    differences = await compareWithRecordings()
    verdict = judgeDifferences([...differences.values()].flat())
  }, 120_000)

  describe.each(areas)('$name', ({ name, scripts }) => {
    it.each(scripts)('$name', (script) => {
      const own = (differences.get(name) ?? []).filter((difference) => difference.script === script.name)
      const { unexplained } = judgeDifferences(own)
      expect(unexplained.map(printDifference).join('\n')).toBe('')
    })

    it('has a recording of these scripts and of no others', async () => {
      expect(Object.keys((await readRecording(name)).scripts)).toEqual(scripts.map((script) => script.name))
    })
  })

  it('differs only where the reviewed list says so, and every line of it is needed', () => {
    expect(verdict.unexplained).toEqual([])
    expect(verdict.stale.map(({ what }) => what)).toEqual([])
  })
})
