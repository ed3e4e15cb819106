import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** The machine in words, for people who compare two reports. */
export function machineInWords(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  return `${availableParallelism()} cores (${model}), ${gib} GiB of memory, ${type()} ${release()}, no core pinning`
}

/** The commit that was measured, marked when files differ from it. */
export function measuredCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return (
      git('rev-parse', '--short=12', 'HEAD') +
      (git('status', '--porcelain', '-uno') === '' ? '' : ' with local changes')
    )
  } catch {
    // No git or no repository, as in an unpacked archive: the report says so, the measurement is still good.
    return 'unknown'
  }
}
