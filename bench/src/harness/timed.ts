import type { Run } from './workload.js'

/** Times one piece of work with the wall clock and the processor time of this process. */
export async function timed(
  work: () => Pick<Run, 'records' | 'checksum'> | Promise<Pick<Run, 'records' | 'checksum'>>,
): Promise<Run> {
  const cpu = process.cpuUsage()
  const from = performance.now()
  const { records, checksum } = await work()
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { records, checksum, seconds, cpuSeconds: (user + system) / 1e6 }
}
