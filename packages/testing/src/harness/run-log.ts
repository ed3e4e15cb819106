import { closeSync, openSync, writeSync } from 'node:fs'
import { formatRunLine, machineNowMs, type RunFacts } from './run-line.js'

/** Where one worker process writes down what its handlers do. */
export interface RunLog {
  /** Before the handler works. */
  start(run: RunFacts): void
  /** Before its promise resolves or rejects. */
  end(run: RunFacts, how: 'done' | 'threw'): void
  close(): void
}

/** Opens a run log for appending. Each line is one write call, so what was written survives `kill -9` whole. */
export function openRunLog(path: string): RunLog {
  const file = openSync(path, 'a')
  const write = (run: RunFacts, edge: 'start' | 'done' | 'threw'): void => {
    writeSync(file, formatRunLine({ ...run, edge, timeMs: machineNowMs() }))
  }
  return {
    start: (run) => write(run, 'start'),
    end: write,
    close: () => closeSync(file),
  }
}

/** Runs a handler between its two lines. */
export async function logged<Result>(
  log: RunLog,
  run: RunFacts,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  log.start(run)
  try {
    const result = await work()
    log.end(run, 'done')
    return result
  } catch (error) {
    log.end(run, 'threw')
    throw error
  }
}
