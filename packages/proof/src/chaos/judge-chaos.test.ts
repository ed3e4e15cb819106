import { describe, expect, it, test } from 'vitest'
import { type ChaosEvidence, judgeChaos, judgeGraceful } from './judge-chaos.js'
import { cleanChaos, kill, leaseEnded, leaseStarted } from './test-support/clean-chaos.js'

const clean = cleanChaos()
const changeWorker = (name: string, change: Partial<ChaosEvidence['workers'][number]>): ChaosEvidence => ({
  ...clean,
  workers: clean.workers.map((worker) => (worker.name === name ? { ...worker, ...change } : worker)),
})
const later = (partition: number, fromMs: number, byMs: number): ChaosEvidence => ({
  ...clean,
  lines: clean.lines.map((line) =>
    line.partition === partition && line.timeMs >= fromMs && line.timeMs < fromMs + byMs
      ? { ...line, timeMs: fromMs + byMs + (line.timeMs - fromMs) / 1_000 }
      : line,
  ),
})
const saying = (name: string, signal: string): ChaosEvidence =>
  changeWorker(name, {
    announcements: [...(clean.workers.find((one) => one.name === name)?.announcements ?? []), { signal, facts: {} }],
  })

describe('the verdict over a chaos run', () => {
  it('is clean for a clean run, and its figures say what the kill has cost', () => {
    const { wrong, figures } = judgeChaos(clean)
    expect(wrong).toEqual([])
    expect(figures).toMatchObject({ records: 1_200, kills: 1, duplicates: 2, duplicatesExplained: 2, leasesLost: 0 })
    expect(figures.progress).toBe(1)
    expect(figures.stallsMs.map(Math.round)).toEqual([2_999])
  })

  test.each<[string, ChaosEvidence, string]>([
    ['an injected stall', later(1, 40_000, 11_000), 'O7: orders[1] had work and stood still'],
    ['a stall behind a fault, longer than it explains', later(0, 31_000, 12_000), 'O7: orders[0]'],
    [
      'a fault that did not fire',
      { ...clean, fired: [{ ...kill, hasFired: false }] },
      'did not fire: kill -9 of worker 1',
    ],
    ['a fault that was never sent out', { ...clean, planned: 2 }, '2 faults were planned, not 1'],
    [
      'a starved run',
      { ...clean, lines: clean.lines.filter(({ timeMs }) => timeMs < 1_000), sent: clean.sent.slice(0, 1) },
      'starved: 1.7 % of the half-seconds saw progress',
    ],
    ['a watchdog that fired', saying('b', 'member.stalled'), 'O7: the watchdog of b fired'],
    ['a worker that died by itself', changeWorker('b', { exit: { code: 1, signal: null } }), 'b ended with code 1'],
    [
      'a worker that nobody killed',
      changeWorker('c', { exit: { code: null, signal: 'SIGSEGV' } }),
      'c ended with SIGSEGV',
    ],
    ['a lost record', { ...clean, lines: clean.lines.filter(({ id }) => id !== 'ok-1-100') }, 'O1: lost: ok-1-100'],
    [
      'a record done twice beside the kill',
      {
        ...clean,
        lines: clean.lines.flatMap((line) =>
          line.id === 'ok-1-599' ? [line, { ...line, generation: 5, timeMs: line.timeMs + 5 }] : [line],
        ),
      },
      'ok-1-599 at orders[1]@599',
    ],
    [
      'more done again than the offsets after the kill explain',
      {
        ...clean,
        kills: clean.kills.map((one) => ({ ...one, committed: new Map([[0, 300n]]) })),
        workers: changeWorker('c', { announcements: [leaseStarted(0, 2, 300)] }).workers,
      },
      'O6: 2 duplicates where 0 are explained',
    ],
  ])('%s makes it red', (_seed, evidence, found) => {
    expect(judgeChaos(evidence).wrong.join('\n')).toContain(found)
  })

  it('explains what a worker did again after the group had taken its partition away', () => {
    const told = [leaseStarted(0, 1, 0), leaseEnded(0, 1, 'lost')]
    const stopped = { code: 0, signal: null }
    const lost = { ...changeWorker('a', { announcements: told, exit: stopped }), kills: [] }
    expect(judgeChaos(lost)).toMatchObject({
      wrong: [],
      figures: { leasesLost: 1, duplicatesExplained: 2, openAfterKills: 0 },
    })
    const drained = changeWorker('a', {
      announcements: [leaseStarted(0, 1, 0), leaseEnded(0, 1, 'revoked')],
      exit: stopped,
    })
    expect(judgeChaos({ ...drained, kills: [] }).wrong.join('\n')).toContain('O6: 2 duplicates where 0 are explained')
  })

  it('lets no cut explain more than a buffer', () => {
    const early = { ...clean, kills: clean.kills.map((one) => ({ ...one, committed: new Map([[0, 0n]]) })) }
    const wrong = judgeChaos(early).wrong.join('\n')
    expect(wrong).toContain('the kills left 300 records open, more than 1.0 % of all')
  })
})

describe('the verdict over graceful moves', () => {
  it('asks for more: what a fault would explain is wrong where there is none', () => {
    const wrong = judgeGraceful(clean).wrong.join('\n')
    expect(wrong).toBe('O6: 2 records were done twice')
    const told = [leaseStarted(0, 1, 0), leaseEnded(0, 1, 'lost')]
    const stopped = { code: 0, signal: null }
    const lost = { ...changeWorker('a', { announcements: told, exit: stopped }), kills: [] }
    expect(judgeGraceful(lost).wrong).toContain('1 leases were taken away')
    expect(judgeGraceful(saying('b', 'member.died')).wrong).toContain('1 members were rebuilt')
  })
})
