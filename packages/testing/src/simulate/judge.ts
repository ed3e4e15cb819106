import { checkCommits } from '../oracles/check-commits.js'
import { checkExpectedSets } from '../oracles/check-expected-sets.js'
import { checkNoOverlap } from '../oracles/check-no-overlap.js'
import { checkNothingLost } from '../oracles/check-nothing-lost.js'
import { checkOrder } from '../oracles/check-order.js'
import { checkOutputs, type ExpectedOutput } from '../oracles/check-outputs.js'
import { type Evidence, groupBy, placeOf, type SentRecord } from '../oracles/evidence.js'
import { pairRuns } from '../oracles/runs.js'
import type { SeenDeadLetter } from '../oracles/evidence.js'
import type { SimulatedCluster, SimulatedRecord, SimulatedView } from './simulated-cluster.js'
import type { SeenLease, SentPlace, Witnessed } from './witness.js'

export interface JudgeOptions {
  readonly topics: Readonly<Record<string, number>>
  readonly outputs?: ((record: SimulatedRecord) => readonly SimulatedOutput[]) | undefined
}

/** What a transform makes of a record. */
export interface SimulatedOutput {
  readonly topic: string
  readonly key: string | null
  readonly value: string
}

/** For so long after a fault what was in flight may be done again: a session, a rebalance and an outage of the broker. */
const aftermathMs = 30_000

/** Everything that is wrong with a schedule that came to its end: an empty list, or findings in words. */
export function judge(seen: Witnessed, cluster: SimulatedCluster, options: JudgeOptions): readonly string[] {
  const sources = new Set(seen.sent.map(({ topic }) => topic))
  const views = new Map(
    Object.keys(options.topics).flatMap((topic) =>
      sources.has(topic) ? [] : [[topic, cluster.readable(topic)] as const],
    ),
  )
  const deadLetters = [...views.values()].flat().flatMap(deadLetterOf)
  const evidence: Evidence = {
    sent: seen.sent.map(asSent),
    lines: seen.lines,
    deadLetters,
    commits: seen.commits,
    ends: seen.sent.map(({ topic, partition }) => ({
      topic,
      partition,
      endOffset: cluster.endOffset(topic, partition),
    })),
  }
  const expected = {
    ...evidence,
    sent: evidence.sent.filter((_, index) => seen.sent[index]?.record.becomes !== undefined),
  }
  const byPartition = { by: 'partition' } as const
  const found = [
    ...checkNothingLost(evidence),
    ...checkExpectedSets(expected),
    ...checkOrder(evidence, byPartition),
    ...checkNoOverlap(evidence, byPartition),
    ...checkCommits(evidence),
  ].map(({ oracle, text }) => `${oracle}: ${text}`)
  return [
    ...new Set([
      ...found,
      ...seen.breaches,
      ...fallenCommits(seen),
      ...strangeStarts(seen.leases),
      ...sharedLeases(seen.leases),
      ...unexplainedRuns(seen),
      ...(options.outputs === undefined
        ? repeatedLetters(seen, deadLetters)
        : wrongOutputs(seen, views, options.outputs, deadLetters)),
      ...cluster.violations(),
    ]),
  ]
}

const asSent = ({ topic, partition, offset, record }: SentPlace, index: number): SentRecord => ({
  ...{ topic, partition, offset, id: placeOf({ topic, partition, offset }), key: null, sequence: index },
  kind: record.becomes === 'dead-lettered' ? 'permanent' : 'ok',
})

/** By the headers that every dead letter carries. */
function deadLetterOf({ headers }: SimulatedView): readonly SeenDeadLetter[] {
  const text = new Map(headers)
  const [topic, partition, offset] = ['source-topic', 'source-partition', 'source-offset'].map((name) => text.get(name))
  if (topic === undefined || partition === undefined || offset === undefined) return []
  return [{ source: { topic, partition: Number(partition), offset: BigInt(offset) } }]
}

/** Whoever owns a partition begins where the group stands, so a commit of anybody never falls. */
function fallenCommits({ commits }: Witnessed): readonly string[] {
  return [...groupBy(commits, partitionOf).values()].flatMap((own) =>
    own.flatMap((commit, index) => {
      const before = own[index - 1]
      if (before === undefined || commit.offset >= before.offset) return []
      return [`commits: ${partitionOf(commit)} fell from ${before.offset} to ${commit.offset}`]
    }),
  )
}

const partitionOf = ({ group, topic, partition }: Pick<SeenLease, 'group' | 'topic' | 'partition'>): string =>
  `${group} ${topic}[${partition}]`

/** A lease begins where the group stands: below it records are done again, above it they are lost. */
const strangeStarts = (leases: readonly SeenLease[]): readonly string[] =>
  leases.flatMap((lease) => {
    const stands = lease.committed ?? 0n
    if (lease.offset === stands || (lease.isStale && lease.offset < stands)) return []
    return [`start: ${lease.worker} began ${partitionOf(lease)} at ${lease.offset}, where the group stood at ${stands}`]
  })

function sharedLeases(leases: readonly SeenLease[]): readonly string[] {
  const owners = groupBy(leases, (lease) => `${partitionOf(lease)} in generation ${lease.generation}`)
  return [...owners].flatMap(([what, own]) => {
    const workers = [...new Set(own.map(({ worker }) => worker))]
    return workers.length < 2 ? [] : [`owners: ${workers.join(' and ')} both owned ${what}`]
  })
}

/** A record is done again only in the aftermath of a fault, and never by the lease that has done it. */
function unexplainedRuns(seen: Witnessed): readonly string[] {
  const starts = new Map(seen.lines.map((line) => [line.timeMs, seen.startedAtMs.get(line) ?? 0]))
  const runs = pairRuns(seen.lines).filter(({ ended }) => ended?.how !== 'threw')
  return [...groupBy(runs, placeOf)].flatMap(([place, own]) =>
    own.flatMap((run, index) => {
      const before = own[index - 1]
      if (before === undefined) return []
      const isSameLease = run.worker === before.worker && run.generation === before.generation
      const sinceMs = (starts.get(before.startedMs) ?? 0) - aftermathMs
      const isExplained = seen.disruptions.some(({ atTick, atMs }) => atTick < run.startedMs && atMs >= sinceMs)
      if (isExplained && !isSameLease) return []
      const why = isSameLease ? 'in the same lease' : 'though nothing had gone wrong'
      return [`duplicate: ${place} was done by ${before.worker} and again by ${run.worker}, ${why}`]
    }),
  )
}

const repeatedLetters = (seen: Witnessed, letters: readonly SeenDeadLetter[]): readonly string[] =>
  seen.disruptions.length > 0
    ? []
    : [...groupBy(letters, ({ source }) => placeOf(source))]
        .filter(([, own]) => own.length > 1)
        .map(([place]) => `duplicate: two dead letters of ${place}, though nothing had gone wrong`)

/** Exactly once: of every record its outputs or its dead letter, in the order of its partition and key. */
function wrongOutputs(
  seen: Witnessed,
  views: ReadonlyMap<string, readonly SimulatedView[]>,
  outputs: NonNullable<JudgeOptions['outputs']>,
  letters: readonly SeenDeadLetter[],
): readonly string[] {
  const dead = new Set(letters.map(({ source }) => placeOf(source)))
  const made = seen.sent.flatMap((place) =>
    dead.has(placeOf(place)) ? [] : outputs(place.record).map((output) => ({ place, output })),
  )
  const sinks = groupBy(made, ({ output }) => output.topic)
  const wrong = [...sinks].flatMap(([topic, own]) => {
    const expected = own.map(
      ({ place, output: { key, value } }): ExpectedOutput => ({
        ...{ key, value },
        lanes: key === null ? [] : [`${place.topic}[${place.partition}] ${key}`],
      }),
    )
    return checkOutputs(expected, views.get(topic) ?? [], topic)
  })
  const twice = [...groupBy(letters, ({ source }) => placeOf(source))].filter(([, own]) => own.length > 1)
  return [
    ...wrong.map(({ oracle, text }) => `${oracle}: ${text}`),
    ...twice.map(([place, own]) => `O8: ${own.length} dead letters of ${place}`),
  ]
}
