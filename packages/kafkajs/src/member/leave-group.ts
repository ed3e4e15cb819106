import type { Logger } from '@millrace/core'
import { plainError } from '../client/plain-error.js'
import type { Coordinator } from './coordinator.js'

export interface LeaveGroupParts {
  readonly coordinator: Coordinator
  readonly group: string
  /** Undefined while the member was never given one. */
  readonly memberId: string | undefined
  /** A join may be held by the group on the usual connection. */
  readonly isJoining: boolean
  readonly log: Logger
}

const LIMIT_MS = 2000

/** Tells the group, so that the next owner starts now and not after the session timeout. Bounded, never rejects. */
export async function leaveGroup({ coordinator, group, memberId, isJoining, log }: LeaveGroupParts): Promise<void> {
  if (memberId === undefined) return
  const signal = AbortSignal.timeout(LIMIT_MS)
  try {
    // Asked again while it fails: kafkajs closes its connections when its consumer crashes.
    const limits = { limitMs: LIMIT_MS, signal, onFetchConnection: isJoining }
    await coordinator.ask('LeaveGroup', { groupId: group, memberId }, () => 0, limits)
  } catch (error) {
    // The session timeout does the same, later.
    log.debug({ group, err: plainError(error) }, 'the group could not be told that this member leaves')
  }
}
