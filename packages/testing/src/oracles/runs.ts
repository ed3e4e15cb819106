import type { RunFacts, RunLine } from '../harness/run-line.js'

/** One run of a handler: a start line and, unless the process died in between, its end line. */
export interface Run extends RunFacts {
  readonly startedMs: number
  readonly ended: { readonly how: 'done' | 'threw'; readonly atMs: number } | undefined
}

/**
 * Pairs start and end lines. A start that was never ended stays open: its worker was killed.
 * @throws Error for an end without a start: then the log itself is broken, and nothing can be concluded from it.
 */
export function pairRuns(lines: readonly RunLine[]): readonly Run[] {
  const runs: Run[] = []
  const open = new Map<string, number>()
  for (const { edge, timeMs, ...facts } of lines) {
    const { worker, generation, topic, partition, offset, attempt } = facts
    const name = [worker, generation, topic, partition, offset, attempt].join(' ')
    if (edge === 'start') {
      open.set(name, runs.push({ ...facts, startedMs: timeMs, ended: undefined }) - 1)
      continue
    }
    const at = open.get(name)
    const run = at === undefined ? undefined : runs[at]
    if (at === undefined || run === undefined) throw new Error(`an end line without a start: ${name}`)
    open.delete(name)
    runs[at] = { ...run, ended: { how: edge, atMs: timeMs } }
  }
  return runs
}
