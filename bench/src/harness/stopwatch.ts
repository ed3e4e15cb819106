import type { Run } from './workload.js'

/** Times from the first record to the last: joining a group is not what is compared. */
export function createStopwatch() {
  let from = 0
  let cpu = process.cpuUsage()
  return {
    start(): void {
      from = performance.now()
      cpu = process.cpuUsage()
    },
    stop(): Pick<Run, 'seconds' | 'cpuSeconds'> {
      const { user, system } = process.cpuUsage(cpu)
      return { seconds: (performance.now() - from) / 1000, cpuSeconds: (user + system) / 1e6 }
    },
  }
}
