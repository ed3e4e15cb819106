import { describe, expect, it } from 'vitest'
import type { RunLine } from '../harness/run-line.js'
import { checkCommits } from './check-commits.js'
import { checkDuplicates, duplicatesIn, redoneIn } from './check-duplicates.js'
import { checkExpectedSets } from './check-expected-sets.js'
import { checkNoOverlap, overlapsAcrossGenerations } from './check-no-overlap.js'
import { checkNothingLost } from './check-nothing-lost.js'
import { checkOrder } from './check-order.js'
import { checkRun } from './check-run.js'
import { type Evidence, placeOf, type Violation } from './evidence.js'
import { pairRuns } from './runs.js'
import { cleanRun } from './test-support/clean-run.js'

const clean = cleanRun()

const recordOf = (id: string) => {
  const record = clean.sent.find((one) => one.id === id)
  if (record === undefined) throw new Error(`no record ${id}`)
  return record
}
const changeLines = (change: (line: RunLine) => readonly RunLine[]): Evidence => ({
  ...clean,
  lines: clean.lines.flatMap(change).toSorted((a, b) => a.timeMs - b.timeMs),
})
const ofRecord = (id: string) => clean.lines.filter((line) => line.id === id)
const last = clean.lines.at(-1)?.timeMs ?? 0
/** Seeds. r0, r10 and r12 are ok; r4 is poison; r6 is slow; r8 is permanent; r2 fails once. */
const lose = (id: string) => changeLines((line) => (line.id === id ? [] : [line]))
const repeat = (id: string) =>
  changeLines((line) => (line.id === id ? [line, { ...line, generation: 2, timeMs: last + line.timeMs }] : [line]))
/** Moves the run of one record behind that of another, and the other way round. */
function swap(one: string, other: string): Evidence {
  const [first, second] = [ofRecord(one), ofRecord(other)]
  const times = [...first, ...second].map(({ timeMs }) => timeMs)
  const moved = [...second, ...first].map((line, at) => ({ ...line, timeMs: times[at] ?? 0 }))
  return changeLines((line) => (line === first[0] ? moved : line.id === one || line.id === other ? [] : [line]))
}
/** Lets a run go on until after the start of another. */
const stretch = (id: string, beyond: string, change: Partial<RunLine> = {}) => {
  const until = ofRecord(beyond)[0]?.timeMs ?? 0
  return changeLines((line) =>
    line.id === id
      ? [line.edge === 'start' ? { ...line, ...change } : { ...line, ...change, timeMs: until + 0.5 }]
      : [line],
  )
}
const commitEarly = (id: string): Evidence => {
  const { topic, partition, offset } = recordOf(id)
  const atMs = (ofRecord(id)[0]?.timeMs ?? 0) + 0.5
  const commits = [...clean.commits, { topic, partition, offset: offset + 1n, generation: 1, atMs }]
  return { ...clean, commits }
}

interface Seed {
  readonly seed: string
  readonly evidence: Evidence
  /** Checkers that turn red, each with the record or place that its one finding names. */
  readonly caught: Readonly<Record<string, string>>
}

const seeds: readonly Seed[] = [
  { seed: 'no fault', evidence: clean, caught: {} },
  {
    seed: 'a loss in the middle',
    evidence: lose('r10'),
    caught: { O1: 'lost: r10', O2: 'r10 (ok)', O3: 'while r10', O5: 'while r10' },
  },
  {
    seed: 'a lost dead letter of poison',
    evidence: {
      ...clean,
      deadLetters: clean.deadLetters.filter(({ source }) => placeOf(source) !== placeOf(recordOf('r4'))),
    },
    caught: { O1: 'lost: r4', O2: 'r4 (poison)', O3: 'while r4', O5: 'while r4' },
  },
  { seed: 'a duplicate', evidence: repeat('r12'), caught: { O6: '1 duplicates' } },
  {
    seed: 'a duplicate dead letter',
    evidence: { ...clean, deadLetters: [...clean.deadLetters, { source: recordOf('r4') }] },
    caught: { O6: placeOf(recordOf('r4')) },
  },
  { seed: 'a swap of two neighbours', evidence: swap('r10', 'r12'), caught: { O3: 'r12 at' } },
  {
    seed: 'an overlap of two runs of a lane',
    evidence: stretch('r10', 'r12'),
    caught: { O3: 'r12 at', O4: 'r12 at orders[0]@6 attempt 1 on one started while r10' },
  },
  {
    seed: 'a record that a lease begins again',
    evidence: changeLines((line) => (line.id === 'r12' ? [line, { ...line, timeMs: last + line.timeMs }] : [line])),
    caught: { O3: 'one began orders[0]@6 behind orders[0]@15', O6: '1 duplicates' },
  },
  { seed: 'an early commit', evidence: commitEarly('r6'), caught: { O5: 'orders[0] was committed at 4 while r6' } },
  {
    seed: 'a commit that falls',
    evidence: {
      ...clean,
      commits: [...clean.commits, { topic: 'orders', partition: 1, offset: 3n, generation: 1, atMs: last + 9 }],
    },
    caught: { O5: 'fell' },
  },
  {
    seed: 'a lag at the end',
    evidence: { ...clean, commits: clean.commits.filter(({ partition, offset }) => partition === 0 || offset < 16n) },
    caught: { O5: 'orders[1] ends at 16, but 8' },
  },
  {
    seed: 'a record in both sets',
    evidence: { ...clean, deadLetters: [...clean.deadLetters, { source: recordOf('r0') }] },
    caught: { O2: 'r0 (ok) at orders[0]@0 should be processed, but is both' },
  },
  {
    seed: 'a record that nobody sent',
    evidence: { ...clean, sent: clean.sent.filter(({ id }) => id !== 'r30') },
    caught: { O1: 'r30' },
  },
  {
    seed: 'a dead letter of a record that nobody sent',
    evidence: {
      ...clean,
      deadLetters: [...clean.deadLetters, { source: { topic: 'orders', partition: 0, offset: 99n } }],
    },
    caught: { O1: 'orders[0]@99' },
  },
]

const byOracle = (violations: readonly Violation[]) => {
  const found = new Map<string, string[]>()
  for (const { oracle, text } of violations) found.set(oracle, [...(found.get(oracle) ?? []), text])
  return found
}

describe('the checkers catch what is seeded, and nothing else', () => {
  it.each(seeds)('$seed', ({ evidence, caught }) => {
    const found = byOracle(checkRun(evidence))
    expect([...found.keys()].toSorted()).toEqual(Object.keys(caught).toSorted())
    for (const [oracle, words] of Object.entries(caught)) expect(found.get(oracle)?.join('\n')).toContain(words)
  })

  it.each([
    ['O1', 'one finding for one loss', checkNothingLost(lose('r10'))],
    ['O2', 'one finding for one loss', checkExpectedSets(lose('r10'))],
    ['O3', 'one finding for one swap', checkOrder(swap('r10', 'r14'), { by: 'key' })],
    ['O4', 'one finding for one overlap', checkNoOverlap(stretch('r10', 'r12'), { by: 'partition' })],
    ['O5', 'one finding for one early commit', checkCommits(commitEarly('r6'))],
    ['O6', 'one finding for one duplicate', checkDuplicates(repeat('r12'), { atMost: 0 })],
  ])('%s has %s', (oracle, _what, violations) => {
    expect(violations).toMatchObject([{ oracle }])
  })
})

describe('keys', () => {
  // r10 and r12 are neighbours in a partition with different keys; r10 and r14 have the same one.
  it('are ordered among themselves only', () => {
    expect(checkOrder(swap('r10', 'r12'), { by: 'key' })).toEqual([])
    expect(checkOrder(swap('r10', 'r14'), { by: 'key' })).toHaveLength(1)
  })

  it('may overlap with other keys, not with themselves', () => {
    expect(checkNoOverlap(stretch('r10', 'r12'), { by: 'key' })).toEqual([])
    expect(checkNoOverlap(stretch('r10', 'r14'), { by: 'key' })).toHaveLength(1)
  })

  it('are no lane when they are null', () => {
    const swapped = swap('r10', 'r14')
    const keyless: Evidence = {
      ...swapped,
      sent: swapped.sent.map((record) => ({ ...record, key: null })),
      lines: swapped.lines.map((line) => ({ ...line, key: null })),
    }
    expect(checkOrder(keyless, { by: 'key' })).toEqual([])
  })
})

describe('order', () => {
  it('is broken by a record that starts between two attempts of the one before it', () => {
    // r2 fails once; r6 comes two places later in its partition and is moved between its attempts.
    const [, threw] = ofRecord('r2')
    const between = (threw?.timeMs ?? 0) + 0.1
    const moved = changeLines((line) =>
      line.id === 'r6' ? [{ ...line, timeMs: between + (line.edge === 'start' ? 0 : 0.1) }] : [line],
    )
    expect(checkOrder(moved, { by: 'partition' })).toMatchObject([{ text: expect.stringContaining('r6') }])
  })

  it('is broken by a record that starts before the last attempt of a dead-lettered one', () => {
    const lastTry = ofRecord('r8').find(({ attempt }) => attempt === 3)?.timeMs ?? 0
    const moved = changeLines((line) =>
      line.id === 'r10' ? [{ ...line, timeMs: lastTry - (line.edge === 'start' ? 0.2 : 0.1) }] : [line],
    )
    expect(checkOrder(moved, { by: 'partition' })).toMatchObject([{ text: expect.stringContaining('while r8') }])
  })
})

describe('overlaps across generations', () => {
  it('are counted, not forbidden', () => {
    const fenced = stretch('r10', 'r12', { generation: 0 })
    expect(checkNoOverlap(fenced, { by: 'partition' })).toEqual([])
    expect(overlapsAcrossGenerations(fenced, { by: 'partition' })).toBe(1)
    expect(overlapsAcrossGenerations(clean, { by: 'partition' })).toBe(0)
  })

  it('do not include runs that a kill cut off, whose end nobody saw', () => {
    const cut = changeLines((line) =>
      line.id === 'r10' ? (line.edge === 'start' ? [{ ...line, generation: 0 }] : []) : [line],
    )
    expect(overlapsAcrossGenerations(cut, { by: 'partition' })).toBe(0)
    expect(checkNoOverlap(cut, { by: 'partition' })).toEqual([])
  })

  it('a run without an end overlaps what follows it in its own generation', () => {
    const open = changeLines((line) => (line.id === 'r10' && line.edge !== 'start' ? [] : [line]))
    expect(checkNoOverlap(open, { by: 'partition' })[0]?.text).toContain('while r10')
  })
})

describe('duplicates', () => {
  it('are allowed up to what the kills explain', () => {
    expect(checkDuplicates(repeat('r12'), { atMost: 1 })).toEqual([])
    expect(duplicatesIn(repeat('r12'))).toEqual(new Map([[placeOf(recordOf('r12')), 1]]))
  })

  it('do not count attempts of one delivery', () => {
    expect(duplicatesIn(clean)).toEqual(new Map())
  })

  it('count a run that was cut off and done again, not one that threw and starts again', () => {
    const again = (id: string, edge: RunLine['edge']): Evidence => {
      const first = ofRecord(id)[0]
      if (first === undefined) throw new Error(`no run of ${id}`)
      const earlier: RunLine = { ...first, worker: 'before', generation: 0, timeMs: first.timeMs - 0.2 }
      const ended = edge === 'start' ? [] : [{ ...earlier, edge, timeMs: first.timeMs - 0.1 }]
      return changeLines((line) => (line === first ? [earlier, ...ended, line] : [line]))
    }
    expect(duplicatesIn(again('r0', 'start')).size).toBe(1)
    expect(duplicatesIn(again('r0', 'done')).size).toBe(1)
    expect(duplicatesIn(again('r0', 'threw')).size).toBe(0)
  })

  it.each([
    ['nothing when everything is committed', 16n, 0],
    ['everything from the committed offset to the last run', 12n, 4],
    ['all of it when nothing is committed', 0n, 16],
  ])('after a kill: %s', (_what, committed, perPartition) => {
    expect(redoneIn(clean)({ worker: 'one', committed: () => committed })).toBe(perPartition * 2)
  })

  it('after a kill: poison behind the last run counts, and nothing behind it', () => {
    // Partition 0 up to r2; r4 behind it is poison, r6 is not.
    const early = { ...clean, lines: clean.lines.filter(({ id }) => id === 'r0' || id === 'r2') }
    expect(redoneIn(early)({ worker: 'one', committed: () => 1n })).toBe(2)
    expect(redoneIn(early)({ worker: 'another', committed: () => 0n })).toBe(0)
    expect(redoneIn(early)({ worker: 'one', generation: 2, committed: () => 0n })).toBe(0)
  })
})

describe('sends without an answer', () => {
  it('may be there or not', () => {
    const evidence = { ...clean, sent: clean.sent.filter(({ id }) => id !== 'r30') }
    expect(checkNothingLost(evidence, { unknown: ['r30', 'r31a'] })).toEqual([])
  })
})

describe('pairRuns', () => {
  it('pairs each attempt of each delivery, and leaves a cut run open', () => {
    const [start, end] = ofRecord('r0')
    if (start === undefined || end === undefined) throw new Error('r0 has no lines')
    const runs = pairRuns([start, end, { ...start, generation: 2, worker: 'two' }])
    expect(runs.map(({ worker, ended }) => [worker, ended?.how])).toEqual([
      ['one', 'done'],
      ['two', undefined],
    ])
  })

  it('refuses a log in which something ends that never started', () => {
    expect(() => pairRuns(clean.lines.filter(({ edge }) => edge !== 'start'))).toThrow('an end line without a start')
  })
})
