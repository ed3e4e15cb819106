import { describe, expect, it } from 'vitest'
import type { GroupSnapshot, PartitionSnapshot } from '../observe/snapshot.js'
import type { GroupAtWork } from './group-at-work.js'
import { takeSnapshot } from './worker-snapshot.js'

const partition = (overrides: Partial<PartitionSnapshot> = {}): PartitionSnapshot => ({
  ...{
    topic: 'orders',
    partition: 0,
    generation: 1,
    watermark: 0n,
    committed: 0n,
    nextOffset: 0n,
    endOffset: 0n,
    lag: 0,
  },
  ...{ inFlight: { queued: 0, running: 0, awaiting: 0 }, oldestUnsettledMs: 0, pausedBecause: [], lanes: [] },
  ledger: { received: 0, processed: 0, retried: 0, deadLettered: 0, skipped: 0, abandoned: 0 },
  ...overrides,
})

function reasons(group: Partial<GroupSnapshot>, state: 'running' | 'stopping' = 'running'): readonly string[] {
  const snapshot: GroupSnapshot = {
    ...{
      group: 'billing',
      isJoined: true,
      generation: 1,
      rebalances: 1,
      deaths: 0,
      stalls: 0,
      commits: { done: 0, failed: 0 },
      transactions: { committed: 0, aborted: 0, fenced: 0 },
      decided: { records: 0, outputs: 0, bytes: 0 },
    },
    partitions: [],
    ...group,
  }
  const atWork = { snapshot: () => snapshot, handlers: [] } as unknown as GroupAtWork // only these two are read
  const { isReady, notReadyBecause } = takeSnapshot(state, [atWork])
  expect(isReady).toBe(notReadyBecause.length === 0)
  return notReadyBecause
}

describe('readiness', () => {
  it.each<[string, Partial<GroupSnapshot>, string[]]>([
    ['a joined member without partitions is ready', {}, []],
    ['a member that has not joined is not', { isJoined: false }, ['group "billing" has not joined']],
    ['back-pressure is work, not trouble', { partitions: [partition({ pausedBecause: ['back-pressure'] })] }, []],
    ['a wait for stragglers ends by itself', { partitions: [partition({ pausedBecause: ['straggling'] })] }, []],
    [
      'a halted lane is told',
      { partitions: [partition({ pausedBecause: ['halted'] })] },
      ['orders[0] of group "billing" is paused: halted'],
    ],
    [
      'one partition that can not be read is its own business',
      { partitions: [partition(), partition({ unreadableBecause: 'no leader' })] },
      [],
    ],
    [
      'a member that can read none of its partitions is not ready',
      { partitions: [partition({ unreadableBecause: 'no leader' }), partition({ unreadableBecause: 'no leader' })] },
      ['group "billing" can read none of its partitions: no leader'],
    ],
  ])('%s', (_behaviour, group, expected) => {
    expect(reasons(group)).toEqual(expected)
  })

  it('is off outside the running state', () => {
    expect(reasons({}, 'stopping')).toEqual(['the worker is stopping'])
  })
})
