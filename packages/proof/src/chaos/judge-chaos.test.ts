import type { RunLine } from '@millrace/testing'
import { describe, expect, it, test } from 'vitest'
import { type ChaosEvidence, judgeChaos, judgeGraceful } from './judge-chaos.js'
import { cleanChaos, kill, leaseEnded, leaseStarted, stopped } from './test-support/clean-chaos.js'

const clean = cleanChaos()
const graceful = cleanChaos('stopped')

const changeWorker = (
  name: string,
  change: Partial<ChaosEvidence['workers'][number]>,
  run: ChaosEvidence = clean,
): ChaosEvidence => ({
  ...run,
  workers: run.workers.map((worker) => (worker.name === name ? { ...worker, ...change } : worker)),
})
const changeLines = (run: ChaosEvidence, change: (line: RunLine) => readonly RunLine[]): ChaosEvidence => ({
  ...run,
  lines: run.lines.flatMap(change).toSorted((a, b) => a.timeMs - b.timeMs),
})
const changeRecord = (run: ChaosEvidence, id: string, change: (line: RunLine) => readonly RunLine[]): ChaosEvidence =>
  changeLines(run, (line) => (line.id === id ? change(line) : [line]))
const later = (partition: number, fromMs: number, byMs: number, run: ChaosEvidence = clean): ChaosEvidence =>
  changeLines(run, (line) =>
    line.partition === partition && line.timeMs >= fromMs && line.timeMs < fromMs + byMs
      ? [{ ...line, timeMs: fromMs + byMs + (line.timeMs - fromMs) / 1_000 }]
      : [line],
  )
const saying = (name: string, signal: string, run: ChaosEvidence = clean): ChaosEvidence =>
  changeWorker(
    name,
    { announcements: [...(run.workers.find((one) => one.name === name)?.announcements ?? []), { signal, facts: {} }] },
    run,
  )

/** O13: what every verdict has to see, in a run that is clean but for it. */
const seededIn = (run: ChaosEvidence): [string, ChaosEvidence, string][] => [
  ['a missing record', { ...run, lines: run.lines.filter(({ id }) => id !== 'ok-1-100') }, 'O1: lost: ok-1-100'],
  [
    'a record that was planned and never acknowledged',
    {
      ...run,
      sent: run.sent.filter(({ id }) => id !== 'ok-1-100'),
      lines: run.lines.filter(({ id }) => id !== 'ok-1-100'),
    },
    'O1: 1200 records were planned, 1199 acknowledged',
  ],
  [
    'a swap',
    changeLines(run, (line) => {
      if (line.id !== 'ok-1-100' && line.id !== 'ok-1-101') return [line]
      return [{ ...line, timeMs: line.timeMs + (line.id === 'ok-1-100' ? 100 : -100) }]
    }),
    'O3: ok-1-101',
  ],
  [
    'an overlap',
    changeRecord(run, 'ok-1-100', (line) => [line.edge === 'done' ? { ...line, timeMs: line.timeMs + 100 } : line]),
    'O4: ok-1-101',
  ],
  [
    'an early commit',
    {
      ...run,
      commits: [...run.commits, { topic: 'orders', partition: 1, offset: 101n, generation: 0, atMs: 9_999 }],
    },
    'O5: orders[1] was committed at 101 while ok-1-100',
  ],
  [
    'a flipped header byte in a dead letter',
    {
      ...run,
      letters: run.letters.map((letter) => ({
        ...letter,
        headers: letter.headers.with(0, [Buffer.from('trace'), Buffer.from('0')]),
      })),
    },
    'O10: dead letter 1',
  ],
  [
    'an unbalanced ledger',
    changeWorker('c', { announcements: [...(run.workers[2]?.announcements ?? []), stopped(6)] }, run),
    'ledger: billing orders: 7 received, 6 accounted for',
  ],
  [
    'a ledger that nobody has printed',
    changeWorker('c', { announcements: run.workers[2]?.announcements.slice(0, -1) ?? [] }, run),
    'ledger: a worker has not printed its last one',
  ],
  [
    'a lease that was logged as unbalanced',
    changeWorker('a', { log: '{"code":"MILLRACE_LEDGER_UNBALANCED"}' }, run),
    'ledger: a lease of a ended unbalanced',
  ],
  [
    'a record done twice',
    changeRecord(run, 'ok-1-599', (line) => [line, { ...line, generation: 5, timeMs: line.timeMs + 5 }]),
    'O6: ok-1-599 at orders[1]@599',
  ],
  ['a run outside every lease', changeRecord(run, 'ok-1-100', (line) => [{ ...line, generation: 7 }]), 'ran without'],
  [
    'a run that starts behind the end of its lease',
    changeWorker(
      'b',
      { announcements: [leaseStarted(1, 1, 0, 0), leaseEnded(1, 1, 'shutdown', 59_800), stopped()] },
      run,
    ),
    "O4: ok-1-599 at orders[1]@599 started 101 ms behind the end of b's lease",
  ],
  [
    'a lease that begins below what was committed',
    {
      ...run,
      commits: [...run.commits, { topic: 'orders', partition: 1, offset: 400n, generation: 0, atMs: 41_000 }],
      workers: [
        ...run.workers,
        {
          ...{ name: 'z', exit: { code: 0, signal: null }, log: '' },
          announcements: [leaseStarted(1, 9, 399, 45_000), leaseEnded(1, 9, 'shutdown', 45_001), stopped()],
        },
      ],
    },
    "O6: z's lease of partition 1 in generation 9 began at 399, although 400 was committed",
  ],
  ['a stall that no fault reaches', later(1, 40_000, 2_200, run), 'O7: orders[1] had work and stood still'],
  ['a move or fault that was never sent out', { ...run, planned: 9 }, '9 faults were planned'],
  ['a watchdog that fired', saying('b', 'member.stalled', run), 'O7: the watchdog of b fired'],
  ['a worker that died by itself', changeWorker('b', { exit: { code: 1, signal: null } }, run), 'b ended with code 1'],
  [
    'a worker that nobody killed',
    changeWorker('c', { exit: { code: null, signal: 'SIGKILL' } }, run),
    'c ended with SIGKILL',
  ],
]

describe('the verdict over a chaos run', () => {
  it('is clean for a clean run, and its figures say what the kill has cost', () => {
    const { wrong, figures } = judgeChaos(clean)
    expect(wrong).toEqual([])
    expect(figures).toMatchObject({ records: 1_200, kills: 1, duplicates: 2, duplicatesExplained: 2, leasesLost: 0 })
    expect(figures.progress).toBe(1)
    expect(figures.stalls.map(({ stallMs }) => Math.round(stallMs)).at(-1)).toBe(3_001)
    expect(figures.quietStallMs).toBeLessThan(100)
  })

  test.each<[string, ChaosEvidence, string]>([
    ...seededIn(clean),
    ['a stall behind a fault, longer than it explains', later(0, 30_000, 10_200), 'ms behind kill -9 of worker 1'],
    [
      'a fault that did not fire',
      { ...clean, fired: [...clean.fired, { ...kill, hasFired: false }] },
      'did not fire: kill -9 of worker 1',
    ],
    ...['kill', 'kill-at', 'freeze', 'restart', 'cut', 'black-hole'].map((kind): [string, ChaosEvidence, string] => {
      const fired = clean.fired.filter(({ planned: { fault } }) => fault.kind !== kind)
      return [`no fault of the kind ${kind}`, { ...clean, fired }, `nothing of the kind ${kind} has fired`]
    }),
    [
      'a starved run',
      { ...clean, lines: clean.lines.filter(({ timeMs }) => timeMs < 1_000), sent: clean.sent.slice(0, 1) },
      'starved: 1.7 % of the half-seconds saw progress',
    ],
    [
      'a zombie that goes on for longer than a worker is ever in the dark',
      changeRecord(clean, 'ok-0-299', (line) =>
        line.worker === 'a' ? [{ ...line, timeMs: line.timeMs + 9_200 }] : [line],
      ),
      "ran in a's lease of partition 0 in generation 1 until 61",
    ],
    [
      'a drained lease that runs beside its successor',
      changeWorker(
        'a',
        { announcements: [leaseStarted(0, 1, 0, 0), leaseEnded(0, 1, 'revoked', 33_200), stopped()] },
        changeRecord(clean, 'ok-0-299', (line) =>
          line.worker === 'a' ? [{ ...line, timeMs: line.timeMs + 3_200 }] : [line],
        ),
      ),
      "ran in a's lease of partition 0 in generation 1 until 1",
    ],
    [
      'a record done again that the killed worker had committed',
      changeRecord(clean, 'ok-0-100', (line) => [
        line,
        { ...line, worker: 'c', generation: 2, timeMs: line.timeMs + 25_000 },
      ]),
      'O6: ok-0-100 at orders[0]@100',
    ],
    [
      'a lease that begins below what was committed at the kill',
      changeWorker('c', {
        announcements: [leaseStarted(0, 2, 297, 33_000), leaseEnded(0, 2, 'shutdown', 60_000), stopped()],
      }),
      "O6: c's lease of partition 0 in generation 2 began at 297, although 298 was committed",
    ],
    [
      'more done again than the next lease explains',
      changeWorker('c', {
        announcements: [leaseStarted(0, 2, 300, 33_000), leaseEnded(0, 2, 'shutdown', 60_000), stopped()],
      }),
      'O6: 2 duplicates where 0 are explained',
    ],
    [
      'kills that leave more open than a buffer',
      changeWorker('c', {
        announcements: [leaseStarted(0, 2, 0, 33_000), leaseEnded(0, 2, 'shutdown', 60_000), stopped()],
      }),
      'the kills left 300 records open, more than 1.0 % of all',
    ],
  ])('%s makes it red', (_seed, evidence, found) => {
    expect(judgeChaos(evidence).wrong.join('\n')).toContain(found)
  })

  it('explains what a worker did again after the group had taken its partition away, not what one drained', () => {
    const endedBy = (reason: string): ChaosEvidence => {
      const announcements = [leaseStarted(0, 1, 0, 0), leaseEnded(0, 1, reason, 30_000), stopped()]
      return { ...changeWorker('a', { announcements, exit: { code: 0, signal: null } }), kills: [] }
    }
    expect(judgeChaos(endedBy('lost'))).toMatchObject({
      wrong: [],
      figures: { leasesLost: 1, duplicatesExplained: 2, openAfterKills: 0 },
    })
    expect(judgeChaos(endedBy('revoked')).wrong.join('\n')).toContain('O6: 2 duplicates where 0 are explained')
  })
})

describe('the verdict over graceful moves', () => {
  it('is clean for a clean run', () => {
    expect(judgeGraceful(graceful).wrong).toEqual([])
  })

  test.each<[string, ChaosEvidence, string]>([
    ...seededIn(graceful),
    [
      'a stop that nobody told the group about',
      changeLines(graceful, (line) =>
        line.worker === 'c' && line.timeMs < 33_000
          ? [{ ...line, timeMs: 33_000 + (line.timeMs - 30_000) / 1_000 }]
          : [line],
      ),
      'O7: orders[0] had work and stood still',
    ],
    [
      'a record done twice',
      changeRecord(graceful, 'ok-0-300', (line) => [
        { ...line, worker: 'a', generation: 1, timeMs: line.timeMs - 1.5 },
        line,
      ]),
      'O6: 1 records were done twice',
    ],
    ['no stop', { ...graceful, fired: graceful.fired.slice(0, 1) }, 'nothing of the kind stop has fired'],
    ['no guest', { ...graceful, fired: graceful.fired.slice(1) }, 'nothing of the kind guest has fired'],
    [
      'a lease that was taken away',
      changeWorker(
        'a',
        { announcements: [leaseStarted(0, 1, 0, 0), leaseEnded(0, 1, 'lost', 30_000), stopped()] },
        graceful,
      ),
      '1 leases were taken away',
    ],
    ['a member that was rebuilt', saying('b', 'member.died', graceful), '1 members were rebuilt'],
  ])('%s makes it red', (_seed, evidence, found) => {
    expect(judgeGraceful(evidence).wrong.join('\n')).toContain(found)
  })
})
