import type { MemberEvents } from './driver.js'

/** How far the pipeline still listens to a member: to one that is being left only to let it drain, to one that is left not at all. */
export type Hearing = 'all' | 'drain' | 'nothing'

/**
 * What a member may still say. One that did not leave in time may go on in the background; a new one works by then, and
 * nothing of the old one may reach its leases.
 */
export const gateEvents = (events: MemberEvents, hearing: () => Hearing): MemberEvents => ({
  onAssigned: (leases, generation) => (hearing() === 'all' ? events.onAssigned(leases, generation) : undefined),
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
