import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { spawnLeashed } from './leashed-process.js'
import { firstLine, isAlive, untilGone } from './test-support/processes.js'
import { runTypescript } from './test-support/run-typescript.js'

describe('spawnLeashed', () => {
  test('gives the pid of the program itself and keeps the end of what it printed', async () => {
    const held = await spawnLeashed('sh', ['-c', 'echo $$; echo trouble >&2'])
    await held.exited
    expect(held.tail().split('\n').toSorted()).toEqual([String(held.pid), 'trouble'].toSorted())
    expect(held.isRunning()).toBe(false)
  })

  test('stops with SIGTERM where the program honours it', async () => {
    const held = await spawnLeashed('sh', ['-c', 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.02; done'])
    await vi.waitUntil(() => held.tail() === 'up', { timeout: 10_000 })
    await held.stop(5000)
    expect(held.tail()).toContain('bye')
    expect(isAlive(held.pid)).toBe(false)
  })

  test('kills a program that ignores SIGTERM once the grace is over', async () => {
    const held = await spawnLeashed('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done'])
    await vi.waitUntil(() => held.tail() === 'up', { timeout: 10_000 })
    await held.stop(50)
    expect(isAlive(held.pid)).toBe(false)
  })

  test('stops a paused program', async () => {
    const held = await spawnLeashed('sleep', ['60'])
    held.signal('SIGSTOP')
    await held.stop(5000)
    expect(isAlive(held.pid)).toBe(false)
  })

  test('can be stopped again and signalled after its end without effect', async () => {
    const held = await spawnLeashed('true', [])
    await held.exited
    held.signal('SIGSTOP')
    await held.stop(1000)
  })

  test('leaves no watcher behind when the program ends by itself, and keeps its directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-leash-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const held = await spawnLeashed('true', [], { removeIfOrphaned: directory })
    await held.exited
    await vi.waitUntil(() => groupIsEmpty(held.pid), { timeout: 30_000 })
    expect(existsSync(directory)).toBe(true)
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)('the program and its directory go when we die by %s', async (signal) => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-leash-'))
    const holder = runTypescript('hold-process.ts', [directory, 'sleep', '60'])
    const pid = Number((await firstLine(holder))['pid'])
    expect(isAlive(pid)).toBe(true)

    holder.kill(signal)
    await once(holder, 'exit')
    await untilGone(pid)
    await vi.waitUntil(() => !existsSync(directory), { timeout: 10_000 })
  })
})

function groupIsEmpty(group: number): boolean {
  try {
    process.kill(-group, 0)
    return false
  } catch {
    return true // ESRCH: no process has that group any more
  }
}
