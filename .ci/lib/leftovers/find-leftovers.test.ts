import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { findLeftovers, type ProcessFact } from './find-leftovers.ts'
import { listProcesses } from './list-processes.ts'

const fact = (pid: number, more: Partial<ProcessFact> = {}): ProcessFact => ({
  pid,
  parent: 1,
  command: 'node',
  cwd: '/elsewhere',
  mark: undefined,
  ...more,
})
const question = { mark: 'run-1', self: 20, before: new Set([5]), checkout: '/repo', cache: '/cache' }
const asking = [fact(10, { cwd: '/repo', mark: 'run-1' }), fact(20, { parent: 10, cwd: '/repo', mark: 'run-1' })]

describe('findLeftovers', () => {
  it.each<[string, ProcessFact, boolean]>([
    ['one with our mark, wherever it works', fact(30, { mark: 'run-1' }), true],
    ['one with the mark of another run, even in our checkout', fact(30, { mark: 'run-2', cwd: '/repo' }), false],
    ['one that works in the checkout', fact(30, { cwd: '/repo/bench' }), true],
    ['one whose command names the checkout', fact(30, { command: 'java -cp /repo/x.jar' }), true],
    ['one in a directory that only begins like the checkout', fact(30, { cwd: '/repository' }), false],
    ['an orphan in the cache', fact(30, { command: 'java /cache/kafka/x.jar' }), true],
    ['one in the cache that somebody started', fact(30, { parent: 7, command: 'java /cache/kafka/x.jar' }), false],
    ['one that was there before', fact(5, { cwd: '/repo' }), false],
    ['one of somebody else', fact(30), false],
  ])('decides on %s', (_what, one, left) => {
    expect(findLeftovers([...asking, one], question)).toEqual(left ? [one] : [])
  })
})

describe('listProcesses', () => {
  it('sees a child with its directory and its mark, and no longer once it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      env: { ...process.env, MILLRACE_CI_RUN: 'seen' },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await once(child, 'spawn')
    const seen = () => listProcesses().find(({ pid }) => pid === child.pid)
    expect(seen()).toMatchObject({ parent: process.pid, ...(process.platform === 'linux' ? { mark: 'seen' } : {}) })
    child.stdin.end()
    await once(child, 'exit')
    expect(seen()).toBeUndefined()
  })
})
