import { fail } from '../millrace-error.js'
import type { LeasedPartition } from './leased-partition.js'

export interface SeekParts {
  /** Running attempts finish, and what is settled is committed. */
  readonly drain: () => Promise<void>
  /** Whether the member still works on this lease as it did. */
  readonly isHeld: () => boolean
  /** Ends the work on the lease, not the lease. */
  readonly end: () => void
  readonly commit: (offset: bigint) => Promise<void>
  /** Begins the work on the lease anew. */
  readonly reopen: (offset: bigint) => void
}

/**
 * Works a lease off as if it ended, and goes on at another offset. The new position is committed before anything is read from
 * it, so that a crash does not bring the old one back; where the commit fails the partition goes on where it was. Resolves with where
 * that is.
 * @throws MillraceError `MILLRACE_DRIVER_LEASE_ENDED` when the lease has ended meanwhile, and what the commit throws
 */
export async function seekPartition(from: LeasedPartition, to: bigint, parts: SeekParts): Promise<bigint> {
  const { lease } = from
  lease.pause()
  await parts.drain()
  if (!parts.isHeld()) throw fail('MILLRACE_DRIVER_LEASE_ENDED', lease)
  const left = from.watermark
  parts.end()
  let next = left
  try {
    lease.seek(to)
    await parts.commit(to)
    next = to
  } finally {
    if (lease.isLive) {
      if (next === left) lease.seek(left)
      parts.reopen(next)
    }
  }
  return left
}
