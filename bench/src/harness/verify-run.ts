import type { Expected, Run } from './workload.js'

/** Throws when a run did not do the work that it was timed for: dead code is not a benchmark. */
export function verifyRun(name: string, run: Run, expected: Expected): Run {
  const problems = [
    run.records === expected.records ? '' : `handled ${run.records} records instead of ${expected.records}`,
    run.checksum === expected.checksum ? '' : `has checksum ${run.checksum} instead of ${expected.checksum}`,
    run.seconds > 0 && Number.isFinite(run.seconds) ? '' : `took ${run.seconds} seconds`,
  ].filter((problem) => problem !== '')
  if (problems.length > 0) throw new Error(`The work of "${name}" is wrong: it ${problems.join(' and ')}.`)
  return run
}
