import { describe, expect, it, test } from 'vitest'
import type { RunLine } from '../harness/run-line.js'
import { checkProgress, type Disturbance, progressShare, stallsAfter } from './check-progress.js'
import type { Evidence, SentRecord } from './evidence.js'
import { stallsIn } from './stalls.js'

interface Made {
  readonly partition?: number
  readonly ackedAtMs: number
  /** Start and end of its one run; none for a record that nobody has handled. */
  readonly ran?: readonly [startMs: number, doneMs: number]
}

function evidenceOf(made: readonly Made[]): Pick<Evidence, 'sent' | 'lines' | 'deadLetters'> {
  const sent = made.map(({ partition = 0, ackedAtMs }, index): SentRecord => {
    const id = `ok-${index}`
    return { id, key: 'k', sequence: index, kind: 'ok', topic: 'orders', partition, offset: BigInt(index), ackedAtMs }
  })
  const lines = made.flatMap(({ ran }, index): RunLine[] => {
    const record = sent[index]
    if (ran === undefined || record === undefined) return []
    const { kind: _kind, ackedAtMs: _acked, ...facts } = record
    const run = { ...facts, attempt: 1, worker: 'a', generation: 1 }
    return [
      { ...run, edge: 'start', timeMs: ran[0] },
      { ...run, edge: 'done', timeMs: ran[1] },
    ]
  })
  return { sent, lines: lines.toSorted((a, b) => a.timeMs - b.timeMs), deadLetters: [] }
}

/** One record every 10 ms, done 2 ms after its acknowledgement. */
const steady = (fromMs: number, untilMs: number, partition = 0): readonly Made[] =>
  Array.from({ length: (untilMs - fromMs) / 10 }, (_, index) => fromMs + index * 10).map((ackedAtMs) => ({
    ...{ partition, ackedAtMs },
    ran: [ackedAtMs + 1, ackedAtMs + 2],
  }))
const late = (ackedAtMs: number, startMs: number, partition = 0): Made => ({
  ...{ partition, ackedAtMs },
  ran: [startMs, startMs + 1],
})
const at = (atMs: number, endMs = atMs): Disturbance => ({ what: `fault at ${atMs}`, atMs, endMs })
const limits = { disturbances: [], stallAtMostMs: 1_000, untilMs: 20_000 }

describe('O7', () => {
  test.each<[string, readonly Made[], readonly Disturbance[], readonly string[]]>([
    ['a steady flow', steady(0, 10_000), [], []],
    ['no work for a long time', [...steady(0, 100), ...steady(9_000, 9_100)], [], []],
    ['a stall within the limit', [late(100, 1_050)], [], []],
    ['an injected stall', [...steady(0, 100), late(100, 1_200)], [], ['[0] had work and stood still from 100']],
    [
      'a stall of one partition beside another that flows',
      [...steady(0, 5_000), late(100, 3_000, 1)],
      [],
      ['[1] had work and stood still from 100'],
    ],
    ['a stall that a disturbance of its length explains', [late(100, 5_000)], [at(200, 4_500)], []],
    ['a stall beyond the end of a disturbance', [late(100, 9_000)], [at(200, 4_500)], ['fault at 200']],
    [
      'two disturbances at once, which explain the time once',
      [late(100, 5_000)],
      [at(200, 2_500), at(300, 2_400)],
      [''],
    ],
    [
      'many faults that take no time, which explain one wait',
      [late(100, 3_000)],
      [at(200), at(1_000), at(1_900)],
      [''],
    ],
    ['a record that nobody ever handles', [...steady(0, 100), { ackedAtMs: 100 }], [], ['still from 100 ms for 19900']],
    ['a disturbance that was over before', [late(4_000, 6_000)], [at(1_000, 3_500)], ['fault at 1000']],
  ])('%s', (_what, made, disturbances, found) => {
    const violations = checkProgress(evidenceOf(made), { ...limits, disturbances })
    expect(violations.map(({ oracle }) => oracle)).toEqual(found.map(() => 'O7'))
    found.forEach((part, index) => expect(violations[index]?.text).toContain(part))
  })

  it('grants more for the first two faults that meet the recovery from another, and no more for the third', () => {
    const disturbances = [at(200), at(1_000), at(1_400), at(1_800)]
    const found = (startMs: number) =>
      checkProgress(evidenceOf([late(100, startMs)]), { ...limits, disturbances, furtherMs: 500 }).length
    expect([found(2_090), found(2_110)]).toEqual([0, 1])
    const one = { ...limits, disturbances: [at(50), at(1_000)], furtherMs: 500 }
    expect(checkProgress(evidenceOf([late(100, 1_590)]), one)).toEqual([])
    expect(checkProgress(evidenceOf([late(100, 1_610)]), one)).toHaveLength(1)
  })

  it('counts any run of the partition as progress, not only the one that settles', () => {
    const slow: Made = { ackedAtMs: 0, ran: [900, 1_800] }
    expect(checkProgress(evidenceOf([slow]), limits)).toEqual([])
  })

  it('says nothing about records whose acknowledgement nobody has timed, and about poison', () => {
    const { sent, ...rest } = evidenceOf([late(100, 9_000)])
    const untimed = sent.map(({ ackedAtMs: _acked, ...record }) => record)
    expect(stallsIn({ ...rest, sent: untimed }, limits)).toEqual([])
    const poison = sent.map((record) => ({ ...record, kind: 'poison' as const }))
    const deadLetters = sent.map((source) => ({ source }))
    expect(stallsIn({ lines: [], sent: poison, deadLetters }, limits)).toEqual([])
  })

  it('tells for each disturbance how long the longest stall went on after it', () => {
    const made = [
      ...steady(0, 100),
      late(100, 5_000),
      late(100, 7_000, 1),
      ...steady(12_000, 13_000),
      late(13_500, 15_000),
    ]
    const disturbances = [at(50, 4_000), at(12_995), at(18_000)]
    expect(stallsAfter(evidenceOf(made), { disturbances, untilMs: 20_000 }).map(Math.round)).toEqual([3_000, 1_500, 0])
  })
})

describe('the share of time with progress', () => {
  const share = (made: readonly Made[], untilMs: number) => progressShare(evidenceOf(made), { fromMs: 0, untilMs })

  it('is 1 for a steady flow, and what is left of it where it stops', () => {
    expect(share(steady(0, 10_000), 10_000)).toBe(1)
    expect(share(steady(0, 4_000), 10_000)).toBe(0.4)
    expect(share([], 10_000)).toBe(0)
  })

  it('counts a half-second once, and only those between the two moments', () => {
    const rows = [...steady(1_000, 1_500), ...steady(9_900, 12_000)]
    expect(progressShare(evidenceOf(rows), { fromMs: 1_000, untilMs: 10_000 })).toBeCloseTo(2 / 18)
  })
})
