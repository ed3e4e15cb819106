/**
 * A member joins its group, is given leases, works until the group rebalances, drains, and joins again:
 *
 *   joining -> assigning -> active -> draining -> joining -> ...
 *
 * - `joining`: kafkajs connects, joins or waits for the others. No lease exists.
 * - `assigning`: a generation began; positions are read, and the pipeline is told about its leases.
 * - `active`: our loop fetches, our timer heartbeats.
 * - `draining`: the group rebalances. Fetching has stopped, heartbeats go on, the pipeline finishes and commits. Only then
 *   does kafkajs pass the join barrier.
 *
 * From everywhere `leave` leads to `leaving` and on to `left`, and `die` to `dead`. Neither has a way back: a member that
 * is needed again is a new one.
 *
 * A lease is `open` until its generation ends, then `draining` (nothing more is fetched, commits still pass), then
 * `ended`. A lease that the group has taken away is `ended` at once.
 */
export type MemberState = 'joining' | 'assigning' | 'active' | 'draining' | 'leaving' | 'left' | 'dead'
export type MemberStep = 'joined' | 'assigned' | 'rebalance' | 'drained' | 'leave' | 'closed' | 'die'

const memberSteps: Readonly<Record<MemberState, Partial<Record<MemberStep, MemberState>>>> = {
  joining: { joined: 'assigning', leave: 'leaving', die: 'dead' },
  assigning: { assigned: 'active', rebalance: 'draining', leave: 'leaving', die: 'dead' },
  active: { rebalance: 'draining', leave: 'leaving', die: 'dead' },
  draining: { drained: 'joining', leave: 'leaving', die: 'dead' },
  leaving: { closed: 'left' },
  left: {},
  dead: {},
}

/** The state after a step; undefined where the step has no meaning, so that late news changes nothing. */
export const nextMemberState = (state: MemberState, step: MemberStep): MemberState | undefined =>
  memberSteps[state][step]

/** Whether the member still wants anything from the group. */
export const isOver = (state: MemberState): boolean => state === 'leaving' || state === 'left' || state === 'dead'

export type LeasePhase = 'open' | 'draining' | 'ended'
export type LeaseStep = 'drain' | 'end'

const leaseSteps: Readonly<Record<LeasePhase, Record<LeaseStep, LeasePhase>>> = {
  open: { drain: 'draining', end: 'ended' },
  draining: { drain: 'draining', end: 'ended' },
  ended: { drain: 'ended', end: 'ended' },
}

export const nextLeasePhase = (phase: LeasePhase, step: LeaseStep): LeasePhase => leaseSteps[phase][step]
