import { expect, it } from 'vitest'
import { createParkedLoop } from './parked-loop.js'
import type { ConsumerGroup } from '../internals.js'

const setup = () => {
  const reached: string[] = []
  const group: ConsumerGroup = {
    cluster: {},
    generationId: 1,
    memberId: 'm',
    leaderId: 'm',
    fetch: async () => [reached.push('fetch')],
    heartbeat: async () => void reached.push('heartbeat'),
    leave: async () => undefined,
    joinAndSync: async () => undefined,
  }
  const parked = createParkedLoop()
  parked.takeOver(group)
  return { group, parked, reached }
}

it('holds every fetcher still and keeps kafkajs from fetching and heartbeating', async () => {
  const { group, reached } = setup()
  const fetching = group.fetch('1').then(() => 'returned')
  await group.heartbeat({ interval: 0 })
  expect(await Promise.race([fetching, new Promise((resolve) => setImmediate(resolve, 'still waiting'))])).toBe(
    'still waiting',
  )
  expect(reached).toEqual([])
})

it('ends every fetcher with the word that makes kafkajs join again', async () => {
  const { group, parked } = setup()
  const fetching = [group.fetch('1'), group.fetch('2')]
  parked.rejoin('UNKNOWN_MEMBER_ID')
  const ends = await Promise.allSettled(fetching)
  expect(ends).toMatchObject([{ reason: { type: 'UNKNOWN_MEMBER_ID' } }, { reason: { type: 'UNKNOWN_MEMBER_ID' } }])
})

it('asks for the join again after one that failed, until one succeeded', async () => {
  const { group, parked } = setup()
  parked.rejoin('REBALANCE_IN_PROGRESS')
  await expect(group.fetch('1')).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' })
  await expect(group.fetch('1')).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' })
  parked.park()
  const fetching = group.fetch('1').then(() => 'returned')
  expect(await Promise.race([fetching, new Promise((resolve) => setImmediate(resolve, 'waiting'))])).toBe('waiting')
})

it('lets a fetch return once it is released', async () => {
  const { group, parked } = setup()
  const fetching = group.fetch('1')
  parked.release()
  expect(await fetching).toEqual([])
})
