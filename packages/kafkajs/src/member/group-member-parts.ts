import type { Logger, MemberEvents, MemberOptions } from '@millrace/core'
import type { Client } from '../client/open-client.js'
import type { DecodeLimits } from '../wire/decode-limits.js'
import type { LeaseHolders } from './lease-holder.js'
import type { Ownership } from './subscription-assigner.js'

export interface GroupMemberParts {
  /** The member's own; it closes it. */
  readonly client: Client
  /** What the next join of this client says. */
  readonly ownership: Ownership
  /** Every lease of this member is put in it. */
  readonly holders: LeaseHolders
  readonly brokers: readonly string[]
  readonly limits: DecodeLimits
  readonly options: MemberOptions
  readonly events: MemberEvents
  readonly log: Logger
  /** How long the first connection may take before the member dies of it, ms. */
  readonly connectLimitMs: number
  /** How long what is known of topics may be out of date, ms. */
  readonly metadataMaxAgeMs: number
}
