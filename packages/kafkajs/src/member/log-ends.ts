import type { Lease } from '@millrace/core'
import type { Client } from '../client/open-client.js'
import { keyOf } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { listOffsets } from './list-offsets.js'

/**
 * Where the logs of these leases end for a `read_committed` reader. What can't be asked is asked once more after a look for
 * the leaders, so that a member which has missed a move still hears of records that it does not fetch; after that it is
 * absent. Never rejects.
 */
export async function readLogEnds(
  client: Client,
  leaders: Leaders,
  leases: readonly Lease[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Lease, bigint>> {
  const ends = new Map<Lease, bigint>()
  async function ask(): Promise<void> {
    const asked = leases.filter((lease) => !ends.has(lease))
    const found = await listOffsets(client, leaders, asked, 'latest', signal)
    for (const lease of asked) {
      const end = found.get(keyOf(lease))
      if (typeof end === 'bigint') ends.set(lease, end)
    }
  }
  await ask()
  if (ends.size < leases.length && !signal.aborted) {
    // Where no broker answers, the second question comes back empty as well.
    await leaders.refresh(signal).catch(() => undefined)
    await ask()
  }
  return ends
}
