import { describe, expect, it } from 'vitest'
import type { RunLine } from '../harness/run-line.js'
import { judge } from './judge.js'
import type { SimulatedCluster, SimulatedView } from './simulated-cluster.js'
import type { SeenLease, Witnessed } from './witness.js'

const group = 'g'
const topic = 'orders'
const at = (offset: bigint) => ({ topic, partition: 0, offset })
const done = (offset: bigint, tick: number, worker = 'a', generation = 1): RunLine[] => {
  const facts = { ...at(offset), id: `orders[0]@${offset}`, key: null, sequence: 0, attempt: 1, worker, generation }
  return [
    { ...facts, edge: 'start', timeMs: tick },
    { ...facts, edge: 'done', timeMs: tick + 1 },
  ]
}
const commit = (offset: bigint, tick: number, generation = 1) => ({ group, ...at(offset), generation, atMs: tick })
const lease = (worker: string, generation: number, offset: bigint, committed?: bigint): SeenLease => ({
  ...{ group, ...at(offset), generation, worker, committed },
  ...{ atTick: 0, isStale: false },
})
const output = (offset: bigint, value: string): SimulatedView => ({
  ...{ partition: 0, offset, key: null, headers: [] },
  value: Buffer.from(value),
})
const letter = (offset: bigint): SimulatedView => ({
  ...output(offset, 'two'),
  headers: [
    ['source-topic', topic],
    ['source-partition', '0'],
    ['source-offset', '1'],
  ],
})

/** Two records: both done, committed, with an output each. */
const clean = {
  sent: [
    { ...at(0n), record: { topic, value: 'one', becomes: 'processed' } },
    { ...at(1n), record: { topic, value: 'two', becomes: 'processed' } },
  ],
  lines: [...done(0n, 10), ...done(1n, 20)],
  commits: [commit(1n, 15), commit(2n, 30)],
  leases: [lease('a', 1, 0n)],
  disruptions: [],
  breaches: [],
  startedAtMs: new Map(),
  reads: new Map(),
} as const satisfies Witnessed
const outputs = [output(0n, 'out one'), output(1n, 'out two')]

function findings(seen: Partial<Witnessed>, sink: readonly SimulatedView[] = outputs): readonly string[] {
  const cluster = { endOffset: () => 2n, readable: () => sink, violations: () => [] }
  return judge({ ...clean, ...seen }, cluster as unknown as SimulatedCluster, {
    topics: { orders: 1, sink: 1 },
    outputs: ({ value }) => [{ topic: 'sink', key: null, value: `out ${String(value)}` }],
  })
}

describe('the verdict about a schedule', () => {
  it('is clean where nothing is wrong', () => {
    expect(findings({})).toEqual([])
  })

  it.each<[string, RegExp, Partial<Witnessed>]>([
    ['a record that nobody did', /^O1: lost: orders\[0\]@1/, { lines: done(0n, 10) }],
    ['a record that started before the one in front of it', /^O3/, { lines: [...done(1n, 5), ...done(0n, 10)] }],
    ['a commit of what is still open', /^O5: .* was open/, { commits: [commit(2n, 15)] }],
    ['an end that is not committed', /^O5: .* ends at 2/, { commits: [commit(1n, 15)] }],
    ['a commit that falls, also in another generation', /^commits: /, { commits: [commit(2n, 30), commit(1n, 40, 2)] }],
    ['a lease that begins above the committed offset', /^start: /, { leases: [lease('a', 1, 1n, 0n)] }],
    ['a lease that begins below it', /^start: /, { leases: [lease('a', 1, 0n, 1n)] }],
    ['two owners in one generation', /^owners: a and b/, { leases: [lease('a', 1, 0n), lease('b', 1, 0n)] }],
    [
      'work done again though nothing went wrong',
      /^duplicate: .* nothing/,
      {
        lines: [...clean.lines, ...done(1n, 40, 'b', 2)],
      },
    ],
    [
      'work done again by the same lease',
      /^duplicate: .* same lease/,
      {
        lines: [...clean.lines, ...done(1n, 40)],
        disruptions: [{ atTick: 35, atMs: 0 }],
      },
    ],
    ['what was seen while it went on', /^ledger/, { breaches: ['ledger: it does not balance'] }],
  ])('names %s', (_what, text, seen) => {
    expect(findings(seen).join('\n')).toMatch(new RegExp(text.source, 'm'))
  })

  it('lets work be done again behind a fault, and a zombie begin where the group once stood', () => {
    expect(
      findings({
        lines: [...clean.lines, ...done(1n, 40, 'b', 2)],
        leases: [...clean.leases, { ...lease('c', 0, 0n, 2n), isStale: true }],
        disruptions: [{ atTick: 35, atMs: 0 }],
      }),
    ).toEqual([])
  })

  it.each<[string, RegExp, readonly SimulatedView[]]>([
    ['an output that is missing', /^O8: lost/, outputs.slice(1)],
    ['an output that is there twice', /^O8: duplicate/, [...outputs, output(2n, 'out two')]],
    ['an output beside a dead letter', /^O8: unknown/, [...outputs, letter(2n)]],
    ['two dead letters of one record', /^O8: 2 dead letters/, [output(0n, 'out one'), letter(1n), letter(2n)]],
  ])('names %s', (_what, text, sink) => {
    expect(findings({}, sink).join('\n')).toMatch(new RegExp(text.source, 'm'))
  })
})
