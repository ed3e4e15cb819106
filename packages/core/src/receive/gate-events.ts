import { fail } from '../millrace-error.js'
import type { MemberEvents } from './driver.js'

/** How far the pipeline still listens to a member: to one that is being left only to let it drain, to one that is left not at all. */
export type Hearing = 'all' | 'drain' | 'nothing'

/**
 * What a member may still say. One that did not leave in time may go on in the background, and nothing of it may reach the
 * leases of another. It is refused what it is assigned: taken in silence, its partitions would have an owner and no reader.
 */
export const gateEvents = (events: MemberEvents, group: string, hearing: () => Hearing): MemberEvents => ({
  onAssigned(leases, generation) {
    if (hearing() === 'all') return events.onAssigned(leases, generation)
    const reason = 'it went on to take partitions, and the worker does not listen to it any more'
    throw fail('MILLRACE_DRIVER_LEAVE_FAILED', { group, reason })
  },
  onRevoked: (leases, reason) => (hearing() === 'nothing' ? undefined : events.onRevoked(leases, reason)),
  onRecords(lease, batch) {
    if (hearing() === 'all') events.onRecords(lease, batch)
  },
  onEvent(event) {
    if (hearing() !== 'nothing') events.onEvent(event)
  },
  onFatal(error) {
    if (hearing() === 'all') events.onFatal(error)
  },
})
