import type { Lease, LeaseCommit } from '@millrace/core'
import type { Membership } from './group-offsets.js'

/** Who holds a lease, as a transaction has to know it that commits offsets for it. */
export interface LeaseHolder {
  readonly membership: Membership
  readonly instanceId: string | undefined
  /** @throws MillraceError `MILLRACE_DRIVER_LEASE_ENDED`, `MILLRACE_DRIVER_COMMIT_REFUSED`, as `Member.commit`. */
  assertHolds(commits: readonly LeaseCommit[]): void
  /**
   * The leases of this generation are over: the group has said so with this code, or nobody can say what became of their offsets.
   * The member ends them as lost and joins again.
   */
  refused(code: number): void
}

/** Of one driver: from its leases to who holds them. */
export type LeaseHolders = WeakMap<Lease, LeaseHolder>
