import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { vi } from 'vitest'

/** Whether a process runs; one that is dead but not yet collected by its new parent does not. */
export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return state !== '' && !state.startsWith('Z')
  } catch {
    return false // ps exits with 1 where there is no such process
  }
}

export const untilGone = (...pids: readonly number[]): Promise<boolean> =>
  vi.waitUntil(() => pids.every((pid) => !isAlive(pid)), { timeout: 20_000, interval: 20 })

/** The first line that a process prints, as JSON. */
export async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new Error('started without a pipe')
  const [chunk]: unknown[] = await once(child.stdout, 'data')
  const parsed: unknown = JSON.parse(String(chunk))
  return { ...(typeof parsed === 'object' ? parsed : {}) }
}
