import { describe, expect, it, test } from 'vitest'
import type { RunLine } from '../harness/run-line.js'
import { checkProgress, type Disturbance, longestQuietStall, progressShare, stallsBehind } from './check-progress.js'
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
const limits = { disturbances: [], stallAtMostMs: 1_000, reachMs: 500, quietAtMostMs: 200, untilMs: 20_000 }

describe('O7', () => {
  test.each<[string, readonly Made[], readonly Disturbance[], readonly string[]]>([
    ['a steady flow', steady(0, 10_000), [], []],
    ['no work for a long time', [...steady(0, 100), ...steady(9_000, 9_100)], [], []],
    ['a stall within what needs no disturbance', [late(100, 290)], [], []],
    [
      'a stall that nothing explains',
      [...steady(0, 100), late(100, 310)],
      [],
      ['[0] had work and stood still from 100'],
    ],
    [
      'a stall of one partition beside another that flows',
      [...steady(0, 5_000), late(100, 3_000, 1)],
      [],
      ['[1] had work and stood still from 100'],
    ],
    ['a stall until the end of a disturbance and the time behind it', [late(100, 5_490)], [at(200, 4_500)], []],
    ['a stall beyond the time behind a disturbance', [late(100, 5_510)], [at(200, 4_500)], ['behind fault at 200']],
    ['a stall behind a fault of a moment', [late(100, 1_090)], [at(95)], []],
    [
      'a stall that is longer, although the fault itself came first',
      [late(100, 1_110)],
      [at(95)],
      ['behind fault at 95'],
    ],
    ['a stall that begins late behind a fault', [late(580, 1_090)], [at(95)], []],
    [
      'a stall that begins late and lasts beyond the time behind it',
      [late(580, 1_110)],
      [at(95)],
      ['behind fault at 95'],
    ],
    ['a stall that begins out of reach', [late(610, 1_000)], [at(95)], ['no disturbance reaches']],
    ['a chain, which starts the time again', [late(100, 2_490)], [at(95), at(900, 1_500)], []],
    ['a stall beyond the time of a chain', [late(100, 2_510)], [at(95), at(900, 1_500)], ['behind fault at']],
    [
      'a fault that hits only the time that another one restarted',
      [late(100, 2_510)],
      [at(95), at(900, 1_500), at(2_000)],
      ['behind fault at 95'],
    ],
    ['a fault that hits when the time is over', [late(100, 1_500)], [at(95), at(1_200)], ['behind fault at 95']],
    ['a fault before the one that did it', [late(300, 1_240)], [at(95), at(250)], []],
    ['a record that nobody ever handles', [...steady(0, 100), { ackedAtMs: 100 }], [], ['100 ms for 19900']],
    ['a record that nobody handles behind a fault', [{ ackedAtMs: 100 }], [at(95)], ['100 ms for 19900']],
  ])('%s', (_what, made, disturbances, found) => {
    const violations = checkProgress(evidenceOf(made), { ...limits, disturbances })
    expect(violations.map(({ oracle }) => oracle)).toEqual(found.map(() => 'O7'))
    found.forEach((part, index) => expect(violations[index]?.text).toContain(part))
  })

  it('counts any run of the partition as progress, not only the one that settles', () => {
    const slow: Made = { ackedAtMs: 0, ran: [190, 380] }
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

  it('tells for each disturbance its worst stall beside what is allowed, and the longest of those without one', () => {
    const made = [
      late(100, 4_900),
      late(100, 4_500, 1),
      ...steady(12_000, 13_000),
      late(13_005, 13_900),
      late(15_000, 15_150),
    ]
    const measured = { ...limits, disturbances: [at(50, 4_000), at(13_004), at(18_000)] }
    const rounded = stallsBehind(evidenceOf(made), measured).map(({ stallMs, allowedMs }) => [stallMs, allowedMs])
    expect(rounded).toEqual([
      [900, 1_000],
      [895, 999],
      [0, 1_000],
    ])
    expect(longestQuietStall(evidenceOf(made), measured)).toBe(150)
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
