import type { RecordBytes, Violation } from './evidence.js'

/** An output that has to be there, once: what f made of a record that was sent. */
export interface ExpectedOutput {
  /** UTF-8. */
  readonly key: string | null
  /** UTF-8; with the key it tells this output from every other one. */
  readonly value: string
  /** What it has an order in: its key, the partition of its record. Each of them stands in one partition of the sink. */
  readonly lanes: readonly string[]
}

/** A record with its place, as an independent reader saw it. */
export type ReadRecord = Pick<RecordBytes, 'partition' | 'key' | 'value'> & { readonly offset: bigint }

/**
 * O8: the outputs are f(input) exactly, as a multiset and in the order of every lane. `expected` stands in the order in which
 * each lane has to be. What was sent twice is a duplicate, whoever sent it, and says nothing about the order.
 */
export function checkOutputs(
  expected: readonly ExpectedOutput[],
  seen: readonly ReadRecord[],
  sink = 'output',
): readonly Violation[] {
  const byName = new Map<string, ReadRecord[]>()
  for (const record of seen) {
    const known = byName.get(nameOfRead(record))
    if (known === undefined) byName.set(nameOfRead(record), [record])
    else known.push(record)
  }
  const wanted = new Set(expected.map(nameOf))
  const placesOf = (records: readonly ReadRecord[]): string => records.map((one) => placeIn(sink, one)).join(' and ')
  const lost = [...wanted].filter((name) => !byName.has(name)).map((name) => `lost: ${shown(name)}`)
  const others = [...byName].flatMap(([name, records]) => [
    ...(wanted.has(name) ? [] : [`unknown: ${shown(name)} at ${placesOf(records)} comes from no record`]),
    ...(records.length > 1 ? [`duplicate: ${shown(name)} at ${placesOf(records)}`] : []),
  ])
  return [...lost, ...others, ...outOfOrder(expected, byName, sink)].map((text) => ({ oracle: 'O8', text }))
}

function outOfOrder(
  expected: readonly ExpectedOutput[],
  seen: ReadonlyMap<string, readonly ReadRecord[]>,
  sink: string,
): readonly string[] {
  const latest = new Map<string, { readonly name: string; readonly record: ReadRecord }>()
  return expected.flatMap((output) => {
    const name = nameOf(output)
    const record = seen.get(name)?.[0]
    if (record === undefined) return []
    return output.lanes.flatMap((lane) => {
      const before = latest.get(lane)
      const isOneOfThem = before?.record.partition === record.partition
      if (before === undefined || (isOneOfThem && record.offset > before.record.offset))
        latest.set(lane, { name, record })
      if (before === undefined) return []
      if (!isOneOfThem) return [`spread: ${lane} is in ${placeIn(sink, before.record)} and ${placeIn(sink, record)}`]
      if (record.offset > before.record.offset) return []
      const places = `${placeIn(sink, record)} stands before ${shown(before.name)} at ${placeIn(sink, before.record)}`
      return [`order: ${shown(name)} at ${places} in ${lane}`]
    })
  })
}

const nameOf = ({ key, value }: Pick<ExpectedOutput, 'key' | 'value'>): string => JSON.stringify([key, value])
const nameOfRead = ({ key, value }: ReadRecord): string =>
  JSON.stringify([key === null ? null : key.toString(), value === null ? null : value.toString()])
const shown = (name: string): string => name.slice(0, 100)
const placeIn = (sink: string, { partition, offset }: ReadRecord): string => `${sink}[${partition}]@${offset}`
