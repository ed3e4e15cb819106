import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runInFreshProcess } from './fresh-process.js'
import { pairedRuns } from './paired-runs.js'
import { runWorkload } from './run-workload.js'
import { verifyRun } from './verify-run.js'
import type { ContestWorkload, LimitWorkload, Run, Side } from './workload.js'

const good: Run = { records: 10, seconds: 1, checksum: 'abc', cpuSeconds: 0.5 }
const expected = { records: 10, checksum: 'abc' }

/** A side that answers with prepared runs and writes its name down each time. */
function side(name: string, log: string[], runs: (turn: number) => Run = () => good): Side {
  let turn = 0
  return {
    name,
    settings: {},
    run: async () => {
      log.push(name)
      turn += 1
      return runs(turn)
    },
  }
}

describe('verifyRun', () => {
  it.each([
    ['a record too few', { records: 9 }, /handled 9 records instead of 10/],
    ['a record too many', { records: 11 }, /handled 11 records/],
    ['another checksum', { checksum: 'abd' }, /checksum abd instead of abc/],
    ['no time', { seconds: 0 }, /took 0 seconds/],
    ['a time that is no number', { seconds: Number.NaN }, /took NaN seconds/],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => verifyRun('ours', { ...good, ...wrong }, expected)).toThrow(message)
  })
  it('hands a right run back', () => expect(verifyRun('ours', good, expected)).toBe(good))
})

describe('pairedRuns', () => {
  it('alternates A B B A, with one pair more than it keeps', async () => {
    const log: string[] = []
    const pairs = await pairedRuns({ ours: side('A', log), baseline: side('B', log), expected }, { pairs: 3 })
    expect(log.join(' ')).toBe('A B B A A B B A')
    expect(pairs).toHaveLength(3)
  })
  it('keeps ten pairs unless told otherwise, and drops the first', async () => {
    const slowStart = (turn: number): Run => ({ ...good, seconds: turn === 1 ? 100 : 1 })
    const sides = { ours: side('A', [], slowStart), baseline: side('B', [], slowStart), expected }
    const pairs = await pairedRuns(sides)
    expect(pairs).toHaveLength(10)
    expect(pairs.flatMap((pair) => [pair.ours.seconds, pair.baseline.seconds]).every((one) => one === 1)).toBe(true)
  })
  it('gives each run to its own side, whichever ran first', async () => {
    const slow = (): Run => ({ ...good, seconds: 5 })
    const pairs = await pairedRuns({ ours: side('A', []), baseline: side('B', [], slow), expected }, { pairs: 2 })
    expect(pairs.map((pair) => [pair.ours.seconds, pair.baseline.seconds])).toEqual([
      [1, 5],
      [1, 5],
    ])
  })
  it('checks the warm-up as well', async () => {
    const wrongFirst = (turn: number): Run => ({ ...good, checksum: turn === 1 ? 'dead' : 'abc' })
    const run = pairedRuns({ ours: side('A', []), baseline: side('B', [], wrongFirst), expected }, { pairs: 2 })
    await expect(run).rejects.toThrow('The work of "B" is wrong')
  })
})

describe('runWorkload', () => {
  function setup(oursSeconds: number, checksum = 'abc') {
    const printed: string[] = []
    let closed = 0
    const workload: ContestWorkload = {
      kind: 'paired',
      title: 'a contest',
      bottleneck: 'nothing',
      metric: 'rate',
      target: { kind: 'at-least', ratio: 0.9 },
      open: async () => ({
        ours: side('mine', [], () => ({ ...good, seconds: oursSeconds, checksum })),
        baseline: side('theirs', []),
        expected,
        settings: { partitions: 6 },
        close: async () => void (closed += 1),
      }),
    }
    const options = { name: 'contest', seed: 7, pairs: 4, program: 'none', print: (text: string) => printed.push(text) }
    return { workload, options, printed, closed: () => closed }
  }

  it('passes a side that is as fast, and prints what is needed to repeat it', async () => {
    const { workload, options, printed, closed } = setup(1)
    await expect(runWorkload(workload, options)).resolves.toBe(true)
    expect(printed.join()).toMatch(/ratio +1\.000 \(95 % interval: 1\.000 to 1\.000\), records per second/)
    for (const part of ['mine', 'theirs', 'partitions 6', process.version, 'cores', 'checksum abc']) {
      expect(printed.join()).toContain(part)
    }
    expect(printed.join()).toContain('npx -y pnpm bench contest --pairs 4 --seed 7')
    expect(closed()).toBe(1)
  })
  it('fails a side whose whole interval is too slow', async () => {
    const { workload, options, printed } = setup(2)
    await expect(runWorkload(workload, options)).resolves.toBe(false)
    expect(printed.join()).toContain('MISSED')
  })
  it('throws on wrong work, prints no ratio, and still closes', async () => {
    const { workload, options, printed, closed } = setup(0.1, 'wrong')
    await expect(runWorkload(workload, options)).rejects.toThrow('The work of "mine" is wrong')
    expect(printed).toEqual([])
    expect(closed()).toBe(1)
  })
  it.each([
    [80, true],
    [80.1, false],
  ])('holds a single figure of %d against its limit', async (value, passed) => {
    const workload: LimitWorkload = {
      kind: 'limit',
      title: 'memory',
      bottleneck: 'memory',
      unit: 'MiB',
      atMost: 80,
      measure: async () => ({ value, settings: {} }),
    }
    await expect(runWorkload(workload, setup(1).options)).resolves.toBe(passed)
  })
})

describe('runInFreshProcess', () => {
  const program = fileURLToPath(new URL('./fixtures/one-side.mjs', import.meta.url))

  it('takes the one run that the process sends', async () => {
    await expect(runInFreshProcess(program, ['good'])).resolves.toMatchObject({ seconds: 2, checksum: 'c' })
  })
  it.each([
    ['ends without a result', 'silent', /code 0 and no result/],
    ['fails after its result', 'late-death', /code 3 and a result/],
    ['never ends', 'hangs', /SIGKILL and no result/],
  ])('refuses a process that %s', async (_what, how, message) => {
    await expect(runInFreshProcess(program, [how], { limitMs: how === 'hangs' ? 300 : 20_000 })).rejects.toThrow(
      message,
    )
  })
})
