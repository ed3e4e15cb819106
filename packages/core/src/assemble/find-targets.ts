import { fail } from '../millrace-error.js'
import type { SeekTo } from '../observe/control.js'
import type { Lease, LogPlace } from '../receive/driver.js'
import type { LeasedPartition } from '../receive/leased-partition.js'
import type { GroupAtWork } from './group-at-work.js'
import { nameOfPartition } from './select-partitions.js'

/**
 * Where each of these partitions is to go on, looked up before anything is touched.
 * @throws MillraceError `MILLRACE_CONTROL_INVALID` for an offset that the log does not hold, `MILLRACE_CONTROL_CONFLICT` when the log can't be asked
 */
export async function findTargets(
  { member }: GroupAtWork,
  partitions: readonly LeasedPartition[],
  to: SeekTo,
  signal: AbortSignal,
): Promise<ReadonlyMap<Lease, bigint>> {
  const leases = partitions.map(({ lease }) => lease)
  const find = async (at: LogPlace): Promise<ReadonlyMap<Lease, bigint>> => {
    const found = await member.findOffsets(leases, at, signal)
    const missing = leases.filter((lease) => found?.has(lease) !== true).map(nameOfPartition)
    if (found !== undefined && missing.length === 0) return found
    const reason =
      found === undefined ? "this driver can't look logs up" : `nobody tells about the log of ${missing.join(', ')}`
    throw fail('MILLRACE_CONTROL_CONFLICT', { what: 'seek', reason })
  }
  if (typeof to === 'string' || 'timestamp' in to) return find(to)

  const [starts, ends] = await Promise.all([find('earliest'), find('latest')])
  const problems = leases.flatMap((lease) => {
    const [start = 0n, end = 0n] = [starts.get(lease), ends.get(lease)]
    if (to.offset >= start && to.offset <= end) return []
    const problem = `${to.offset} is not in the log of ${nameOfPartition(lease)}, which goes from ${start} to ${end}`
    return [{ where: 'offset', problem, fix: `use ${start} to ${end}` }]
  })
  if (problems.length > 0) throw fail('MILLRACE_CONTROL_INVALID', { problems })
  return new Map(leases.map((lease) => [lease, to.offset]))
}
