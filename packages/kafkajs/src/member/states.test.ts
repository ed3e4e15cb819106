import { describe, expect, it } from 'vitest'
import {
  isOver,
  type LeasePhase,
  type LeaseStep,
  type MemberState,
  type MemberStep,
  nextLeasePhase,
  nextMemberState,
} from './states.js'

const states: readonly MemberState[] = ['joining', 'assigning', 'active', 'draining', 'leaving', 'left', 'dead']
const steps: readonly MemberStep[] = ['joined', 'assigned', 'rebalance', 'drained', 'leave', 'closed', 'die']

describe('the states of a member', () => {
  it.each<[string, MemberStep[], MemberState]>([
    ['joins, is assigned and works', ['joined', 'assigned'], 'active'],
    ['drains and joins again when the group rebalances', ['joined', 'assigned', 'rebalance', 'drained'], 'joining'],
    ['drains a generation that was still being assigned', ['joined', 'rebalance'], 'draining'],
    ['leaves while it works', ['joined', 'assigned', 'leave', 'closed'], 'left'],
    ['leaves while it joins', ['leave', 'closed'], 'left'],
    ['leaves while it drains', ['joined', 'assigned', 'rebalance', 'leave', 'closed'], 'left'],
    ['dies while it joins', ['die'], 'dead'],
    ['dies while it drains', ['joined', 'rebalance', 'die'], 'dead'],
    ['ignores a drain that ends after leaving began', ['joined', 'rebalance', 'leave', 'drained'], 'leaving'],
    ['ignores a join that ends after leaving began', ['leave', 'joined'], 'leaving'],
    ['ignores a second rebalance while draining', ['joined', 'rebalance', 'rebalance'], 'draining'],
    ['does not die of what happens while leaving', ['leave', 'die'], 'leaving'],
    ['never rises from the dead', ['die', ...steps], 'dead'],
    ['never comes back after leaving', ['leave', 'closed', ...steps], 'left'],
  ])('%s', (_behaviour, taken, end) => {
    const reached = taken.reduce<MemberState>((state, step) => nextMemberState(state, step) ?? state, 'joining')
    expect(reached).toBe(end)
  })

  it('is over exactly in the states without a way back', () => {
    expect(states.filter(isOver)).toEqual(['leaving', 'left', 'dead'])
  })
})

describe('the phases of a lease', () => {
  it.each<[LeasePhase, LeaseStep, LeasePhase]>([
    ['open', 'drain', 'draining'],
    ['open', 'end', 'ended'],
    ['draining', 'drain', 'draining'],
    ['draining', 'end', 'ended'],
    ['ended', 'drain', 'ended'],
    ['ended', 'end', 'ended'],
  ])('%s, then %s: %s', (phase, step, next) => {
    expect(nextLeasePhase(phase, step)).toBe(next)
  })
})
