import type { Lease, LogPlace } from '@millrace/core'
import type { Client } from '../client/open-client.js'
import { keyOf } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { listOffsets } from './list-offsets.js'

/**
 * Where the logs of these leases end for a `read_committed` reader, or where another place in them is; no record of a time or
 * later means the end. What can't be asked is asked once more after a look for the leaders, so that a member which has missed a
 * move still hears of records that it does not fetch; after that it is absent. Never rejects.
 */
export async function readLogPlaces(
  client: Client,
  leaders: Leaders,
  leases: readonly Lease[],
  at: LogPlace,
  signal: AbortSignal,
): Promise<ReadonlyMap<Lease, bigint>> {
  const places = new Map<Lease, bigint>()
  const beyond: Lease[] = []
  async function ask(): Promise<void> {
    const asked = leases.filter((lease) => !places.has(lease) && !beyond.includes(lease))
    const found = await listOffsets(client, leaders, asked, at, signal)
    for (const lease of asked) {
      const place = found.get(keyOf(lease))
      if (typeof place === 'bigint' && place >= 0n) places.set(lease, place)
      else if (typeof place === 'bigint') beyond.push(lease)
    }
  }
  await ask()
  if (places.size + beyond.length < leases.length && !signal.aborted) {
    // Where no broker answers, the second question comes back empty as well.
    await leaders.refresh(signal).catch(() => undefined)
    await ask()
  }
  if (beyond.length === 0 || at === 'latest') return places
  return new Map([...places, ...(await readLogPlaces(client, leaders, beyond, 'latest', signal))])
}
