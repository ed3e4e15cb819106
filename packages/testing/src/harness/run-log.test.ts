import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readRunLogs } from './read-run-logs.js'
import { formatRunLine, parseRunLine, type RunLine } from './run-line.js'
import { logged, openRunLog } from './run-log.js'

const folders: string[] = []
const logFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'))
  folders.push(folder)
  return join(folder, 'worker.jsonl')
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const run = {
  id: 'r1',
  key: 'k',
  sequence: 3,
  topic: 'orders',
  partition: 2,
  offset: 2n ** 53n + 1n,
  attempt: 1,
  worker: 'a',
  generation: 4,
}
const line: RunLine = { ...run, edge: 'start', timeMs: 12.5 }

describe('run lines', () => {
  it('come back as they were written, offsets above 2^53 too', () => {
    expect(parseRunLine(formatRunLine(line))).toEqual(line)
    expect(parseRunLine(formatRunLine({ ...line, key: null }))).toEqual({ ...line, key: null })
  })

  it.each([
    ['no JSON', 'x'],
    ['JSON of another kind', '7'],
    ['a missing field', JSON.stringify({ ...line, offset: '1', worker: undefined })],
    ['an unknown edge', JSON.stringify({ ...line, offset: '1', edge: 'end' })],
    ['an offset that is none', JSON.stringify({ ...line, offset: '-1' })],
    ['a number as text', JSON.stringify({ ...line, offset: '1', attempt: '1' })],
  ])('are not made from %s', (_what, text) => {
    expect(parseRunLine(text)).toBeUndefined()
  })
})

describe('a run log', () => {
  it('has a start line before the work and an end line that says how it went', async () => {
    const path = logFile()
    const log = openRunLog(path)
    const during: number[] = []
    await logged(log, run, async () => during.push((await readRunLogs([path])).length))
    await expect(logged(log, { ...run, attempt: 2 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    log.close()
    const lines = await readRunLogs([path])
    expect(during).toEqual([1])
    expect(lines.map(({ edge, attempt }) => `${edge} ${attempt}`)).toEqual(['start 1', 'done 1', 'start 2', 'threw 2'])
    expect(lines[0]).toMatchObject(run)
    expect(lines.map(({ timeMs }) => timeMs)).toEqual(lines.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b))
  })

  it('merges the logs of several workers by time; a worker without a log ran nothing', async () => {
    const [one, two] = [logFile(), logFile()]
    appendFileSync(one, formatRunLine({ ...line, timeMs: 1 }) + formatRunLine({ ...line, timeMs: 3 }))
    appendFileSync(two, formatRunLine({ ...line, worker: 'b', timeMs: 2 }))
    const lines = await readRunLogs([one, two, join(two, '..', 'none.jsonl')])
    expect(lines.map(({ worker }) => worker)).toEqual(['a', 'b', 'a'])
  })

  it('leaves out a last line that was cut, and refuses any other that is not whole', async () => {
    const path = logFile()
    appendFileSync(path, `${formatRunLine(line)}{"edge":"sta`)
    expect(await readRunLogs([path])).toEqual([line])
    appendFileSync(path, `\n${formatRunLine(line)}`)
    await expect(readRunLogs([path])).rejects.toThrow(':2 is not a run line')
  })
})
