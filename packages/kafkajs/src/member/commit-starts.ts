import { KafkaFault } from '../client/kafka-fault.js'
import { plainError } from '../client/plain-error.js'
import type { Coordinator } from './coordinator.js'
import { commitOffsets, keyOf, type Membership, type OffsetToCommit } from './group-offsets.js'

const LIMIT_MS = 5000

/**
 * Commits where leases begin that do not begin at what the group has: before anything of them is handed over, because who
 * reads after a crash would begin elsewhere. Resolves to those that are not committed, by `keyOf`. Bounded, never rejects.
 */
export async function commitStarts(
  starts: readonly OffsetToCommit[],
  {
    coordinator,
    membership,
    signal,
  }: { readonly coordinator: Coordinator; readonly membership: Membership; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Error>> {
  if (starts.length === 0) return new Map()
  try {
    const refused = await commitOffsets(coordinator, membership, starts, { limitMs: LIMIT_MS, signal })
    return new Map(
      refused.map((one) => [keyOf(one), new KafkaFault(one.code, `committing the start of ${keyOf(one)}`)]),
    )
  } catch (error) {
    return new Map(starts.map((start) => [keyOf(start), plainError(error)]))
  }
}
