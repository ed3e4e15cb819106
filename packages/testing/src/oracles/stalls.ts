import { type Evidence, groupBy, type SentRecord } from './evidence.js'
import { settlementsOf } from './settlements.js'

/** A time in which a partition held acknowledged, unsettled records and nothing happened in it. */
export interface Stall {
  readonly topic: string
  readonly partition: number
  readonly fromMs: number
  readonly untilMs: number
}

type Span = readonly [fromMs: number, untilMs: number]

const partitionOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}[${partition}]`

/**
 * Every time in which a partition stood still although it had work, longest first. Work begins with the acknowledgement
 * of a record (`ackedAtMs`; one without is nobody's work) and ends with its settlement; an edge of any run of the
 * partition is progress. A record that is never settled is work until `untilMs`, the end of the observation.
 */
export function stallsIn(
  evidence: Pick<Evidence, 'sent' | 'lines' | 'deadLetters'>,
  { untilMs }: { readonly untilMs: number },
): readonly Stall[] {
  const settled = settlementsOf(evidence)
  const progress = groupBy(evidence.lines, partitionOf)
  const stalls = [...groupBy(evidence.sent, partitionOf)].flatMap(([name, records]) => {
    const [first] = records
    if (first === undefined) return []
    const { topic, partition } = first
    const times = (progress.get(name) ?? []).map(({ timeMs }) => timeMs).toSorted((a, b) => a - b)
    const work = merged(records.flatMap((record) => openSpan(record, settled.settledAtMs(record), untilMs)))
    return splitAt(work, times).map(([from, until]) => ({ topic, partition, fromMs: from, untilMs: until }))
  })
  return stalls.toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs))
}

/** None for a record that left no line to tell by: it was settled at a moment that nobody has seen. */
function openSpan({ ackedAtMs }: SentRecord, settledAtMs: number, untilMs: number): readonly Span[] {
  const end = Math.min(settledAtMs, untilMs)
  return ackedAtMs === undefined || end <= ackedAtMs ? [] : [[ackedAtMs, end]]
}

function merged(spans: readonly Span[]): readonly Span[] {
  const whole: [number, number][] = []
  for (const [from, until] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = whole.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], until)
    else whole.push([from, until])
  }
  return whole
}

/** Both lists ascend, so one walk over each is enough. */
function splitAt(spans: readonly Span[], times: readonly number[]): readonly Span[] {
  const parts: Span[] = []
  let at = 0
  for (const [from, until] of spans) {
    let start = from
    for (let time = times[at]; time !== undefined && time <= until; time = times[at]) {
      if (time > start) parts.push([start, time])
      start = Math.max(start, time)
      at += 1
    }
    if (until > start) parts.push([start, until])
  }
  return parts
}
