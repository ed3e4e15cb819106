import { type Evidence, groupBy, type LaneBy, laneOf, placeOf, type SentRecord, type Violation } from './evidence.js'
import type { Run } from './runs.js'
import { type Settlements, settlementsOf } from './settlements.js'

/**
 * O3: when a record starts, every earlier one of its lane is settled, across workers, retries and redeliveries. Where lanes
 * are partitions, a lease also begins its records in the order of their offsets, those that were settled before among them.
 */
export function checkOrder(
  evidence: Pick<Evidence, 'sent' | 'lines' | 'deadLetters'>,
  { by }: { readonly by: LaneBy },
): readonly Violation[] {
  const settled = settlementsOf(evidence)
  const lanes = groupBy(evidence.sent, (record) => laneOf(by, record))
  const runsById = groupBy(settled.runs, ({ id }) => id)

  const unsettled = [...lanes].flatMap(([lane, records]) => {
    const earliestStart = (record: SentRecord): number =>
      (runsById.get(record.id) ?? []).reduce((first, { startedMs }) => Math.min(first, startedMs), Infinity)
    return brokenIn(records.toSorted(by === 'key' ? bySequence : byOffset), settled, earliestStart).map(
      ([record, earlier]) => ({
        oracle: 'O3' as const,
        text: `${record.id} at ${placeOf(record)} started while ${earlier.id} at ${placeOf(earlier)} before it was not settled (lane ${lane})`,
      }),
    )
  })
  return by === 'partition' ? [...unsettled, ...stepsBack(settled.runs)] : unsettled
}

/** First attempts of a lease that do not stand above the one before. */
function stepsBack(runs: readonly Run[]): readonly Violation[] {
  const firsts = runs.filter(({ attempt }) => attempt === 1)
  const leases = groupBy(firsts, (run) => `${run.worker} ${run.generation} ${run.topic}[${run.partition}]`)
  return [...leases.values()].flatMap((own) => {
    const ordered = own.toSorted((a, b) => a.startedMs - b.startedMs)
    return ordered.flatMap((run, index) => {
      const before = ordered[index - 1]
      if (before === undefined || run.offset > before.offset) return []
      const text = `${run.worker} began ${placeOf(run)} behind ${placeOf(before)} in generation ${run.generation}`
      return [{ oracle: 'O3' as const, text }]
    })
  })
}

const bySequence = (a: SentRecord, b: SentRecord): number => a.sequence - b.sequence
const byOffset = (a: SentRecord, b: SentRecord): number => (a.offset < b.offset ? -1 : 1)

/** Walks a lane in order. A record that breaks it is named with the record that settled last before it. */
function brokenIn(
  records: readonly SentRecord[],
  settled: Settlements,
  earliestStart: (record: SentRecord) => number,
): readonly (readonly [SentRecord, SentRecord])[] {
  const broken: [SentRecord, SentRecord][] = []
  let latest: { readonly record: SentRecord; readonly atMs: number } | undefined
  for (const record of records) {
    if (latest !== undefined && earliestStart(record) < latest.atMs) broken.push([record, latest.record])
    const atMs = settled.settledAtMs(record)
    if (latest === undefined || atMs > latest.atMs) latest = { record, atMs }
  }
  return broken
}
