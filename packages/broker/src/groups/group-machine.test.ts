import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GroupEffect, GroupEvent } from './group-event.js'
import { applyToGroup, nextDeadline } from './group-machine.js'
import { emptyGroup, type GroupState } from './group-state.js'
import { speaking } from './test-support/group-bench.js'

const rules = { initialRebalanceDelayMs: 100, maxGroupSize: 4 }

const who = fc.nat(5)
const instance = fc.constantFrom(null, null, 'one', 'two')
/** What somebody tries next: `who` picks among the ids that are known by then, or one that nobody has. */
const attempts = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('join' as const),
        who,
        isNew: fc.boolean(),
        needsKnownId: fc.boolean(),
        instance,
        protocols: fc.constantFrom(['range'], ['range', 'sticky'], ['sticky', 'range'], ['other']),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'sync' as const,
          'sync' as const,
          'heartbeat' as const,
          'leave' as const,
          'commit' as const,
        ),
        who,
        isCurrent: fc.boolean(),
        instance,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('expire' as const), who, isCurrent: fc.boolean(), instance }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'rebalance' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 60, 100, 700, 3_000) }),
    },
  ),
  { minLength: 1, maxLength: 40 },
)

type Attempt = typeof attempts extends fc.Arbitrary<(infer One)[]> ? One : never

/** Applies events as the runtime does and keeps the books on requests. */
function createRun() {
  let state = emptyGroup('g', 0)
  let now = 0
  let requests = 0
  const ids: string[] = []
  const open = new Map<number, 'join' | 'sync'>()

  function apply(event: GroupEvent): readonly GroupEffect[] {
    const given = state
    const before = inspect(given, { depth: 5 })
    const transition = applyToGroup(state, event, now, rules)
    expect(inspect(given, { depth: 5 })).toBe(before)
    state = transition.state
    for (const effect of transition.effects) settle(effect)
    return transition.effects
  }

  function settle(effect: GroupEffect): void {
    if (effect.kind !== 'answer-join' && effect.kind !== 'answer-sync') return
    expect(open.get(effect.request)).toBe(effect.kind === 'answer-join' ? 'join' : 'sync')
    open.delete(effect.request)
    if (effect.kind === 'answer-join' && effect.answer.memberId !== '') ids.push(effect.answer.memberId)
  }

  const ask = (kind: 'join' | 'sync'): number => {
    open.set((requests += 1), kind)
    return requests
  }

  /** Time passes from one deadline to the next, and each is acted on when it is due. */
  function pass(ms: number): void {
    const end = now + ms
    for (let steps = 0; nextDeadline(state) <= end; steps += 1) {
      if (steps > 1_000) throw new Error('time does not pass')
      now = Math.max(now, nextDeadline(state))
      apply({ kind: 'time' })
    }
    now = end
  }

  function attempt(one: Attempt): void {
    if (one.kind === 'time') return pass(one.ms)
    if (one.kind === 'rebalance') return void apply(one)
    const memberId = ids[ids.length - 1 - one.who] ?? 'stranger'
    if (one.kind === 'expire') return void apply({ kind: 'expire', memberId })
    const groupInstanceId = one.instance
    if (one.kind === 'join') {
      const newMemberId = `${one.instance ?? 'm'}-${requests + 1}`
      const timeouts = { sessionTimeoutMs: 500, rebalanceTimeoutMs: 800 }
      const origin = { clientId: 'app', clientHost: '/127.0.0.1', protocolType: 'consumer' }
      const { needsKnownId } = one
      const protocols = speaking(...one.protocols)
      const identity = { memberId: one.isNew ? '' : memberId, newMemberId, groupInstanceId, needsKnownId, protocols }
      return void apply({ kind: 'join', request: ask('join'), ...identity, ...timeouts, ...origin })
    }
    const generation = state.generation - (one.isCurrent ? 0 : 1)
    if (one.kind === 'leave') return void apply({ kind: 'leave', members: [{ memberId, groupInstanceId }] })
    if (one.kind === 'heartbeat') return void apply({ kind: 'heartbeat', memberId, groupInstanceId, generation })
    if (one.kind === 'commit') {
      return void apply({ kind: 'commit', memberId, groupInstanceId, generation, isTransactional: one.isCurrent })
    }
    apply({ kind: 'sync', request: ask('sync'), memberId, groupInstanceId, generation, assignments: [] })
  }

  return { attempt, pass, open, state: () => state }
}

function expectSound(group: GroupState, open: ReadonlyMap<number, 'join' | 'sync'>): void {
  const members = [...group.members.values()]
  const waiting = members
    .flatMap(({ joinRequest, syncRequest }) => [joinRequest, syncRequest])
    .filter((one) => one !== null)
  expect(new Set(waiting)).toEqual(new Set(open.keys()))

  expect(group.phase === 'Empty').toBe(members.length === 0 && group.joinDeadline === null)
  expect(group.members.has(group.leaderId ?? '')).toBe(members.length > 0)
  if (group.phase !== 'PreparingRebalance')
    expect(members.filter(({ joinRequest }) => joinRequest !== null)).toEqual([])
  if (group.phase !== 'CompletingRebalance')
    expect(members.filter(({ syncRequest }) => syncRequest !== null)).toEqual([])
  if (group.phase === 'PreparingRebalance') expect(group.joinDeadline).not.toBeNull()
  if (group.phase === 'CompletingRebalance') expect(group.syncDeadlineAt).not.toBeNull()

  const instances = members.flatMap(({ groupInstanceId }) => groupInstanceId ?? [])
  expect(new Set(instances).size).toBe(instances.length)
  for (const id of group.pendingJoins.keys()) expect(group.members.has(id)).toBe(false)
}

describe('the machine of a group, whatever is tried', () => {
  it('changes no state it was given, answers every request once, and has a deadline for whoever waits', () => {
    fc.assert(
      fc.property(attempts, (tried) => {
        const run = createRun()
        let generation = 0
        for (const one of tried) {
          run.attempt(one)
          expectSound(run.state(), run.open)
          expect(run.state().generation).toBeGreaterThanOrEqual(generation)
          generation = run.state().generation
        }
      }),
      { numRuns: 400 },
    )
  })

  it('answers everybody in the end, and forgets who is silent', () => {
    fc.assert(
      fc.property(attempts, (tried) => {
        const run = createRun()
        for (const one of tried) run.attempt(one)
        run.pass(1_000_000)
        expect(run.open.size).toBe(0)
        expect(run.state()).toMatchObject({ phase: 'Empty', joinDeadline: null, syncDeadlineAt: null })
        expect([run.state().members.size, run.state().pendingJoins.size]).toEqual([0, 0])
        expect(nextDeadline(run.state())).toBe(Infinity)
      }),
      { numRuns: 200 },
    )
  })

  it('gives one generation to all that pass the barrier together, with one leader that knows them all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), (size) => {
        let state = emptyGroup('g', 0)
        const apply = (event: GroupEvent, now: number): readonly GroupEffect[] => {
          const transition = applyToGroup(state, event, now, rules)
          state = transition.state
          return transition.effects
        }
        for (let request = 0; request < size; request += 1) {
          apply(joinOf(request), 0)
        }
        const answers = apply({ kind: 'time' }, 100).concat(apply({ kind: 'time' }, 200))
        const joins = answers.flatMap((effect) => (effect.kind === 'answer-join' ? [effect.answer] : []))
        expect(joins.map(({ generation }) => generation)).toEqual(Array.from({ length: size }, () => 1))
        expect(new Set(joins.map(({ leaderId }) => leaderId)).size).toBe(1)
        const told = joins.filter(({ members }) => members.length > 0)
        expect(told.map(({ memberId, leaderId, members }) => [memberId === leaderId, members.length])).toEqual([
          [true, size],
        ])
      }),
    )
  })
})

const joinOf = (request: number): GroupEvent => ({
  kind: 'join',
  request,
  needsKnownId: false,
  memberId: '',
  newMemberId: `m-${request}`,
  groupInstanceId: null,
  clientId: 'app',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: 500,
  rebalanceTimeoutMs: 800,
  protocolType: 'consumer',
  protocols: speaking('range'),
})
