import { expect, it } from 'vitest'
import type { MemberEvents } from './driver.js'
import { gateEvents, type Hearing } from './gate-events.js'

it.each<[Hearing, string[]]>([
  ['all', ['assigned', 'records', 'event', 'revoked', 'fatal']],
  ['drain', ['event', 'revoked']],
  ['nothing', []],
])('a member that is heard for %s reaches the pipeline with %j', async (hearing, expected) => {
  const told: string[] = []
  const listener: MemberEvents = {
    onAssigned: () => void told.push('assigned'),
    onRecords: () => void told.push('records'),
    onEvent: () => void told.push('event'),
    onRevoked: async () => void told.push('revoked'),
    onFatal: () => void told.push('fatal'),
  }
  const gated = gateEvents(listener, 'billing', () => hearing)
  const assigned = async () => gated.onAssigned([], 1)
  if (hearing === 'all') await assigned()
  else await expect(assigned()).rejects.toThrow('does not listen')
  gated.onRecords({} as never, {} as never) // passed on and not looked at
  gated.onEvent({ name: 'event-loop.blocked', blockedMs: 1 })
  await gated.onRevoked([], { lost: false })
  gated.onFatal(new Error('gone'))
  expect(told).toEqual(expected)
})
