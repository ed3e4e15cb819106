import { expect, it } from 'vitest'
import { createTopicWatch } from './topic-watch.js'

function setup() {
  const state = { nowMs: 0, partitions: 2, refreshes: 0, grown: 0 }
  let answer = Promise.withResolvers<void>()
  const leaders = {
    partitionCount: () => state.partitions,
    refresh: () => {
      state.refreshes += 1
      answer = Promise.withResolvers<void>()
      return answer.promise
    },
  }
  const watch = createTopicWatch(leaders, ['orders'], 30_000, { now: () => state.nowMs })
  const look = (): void => watch.look(() => (state.grown += 1), new AbortController().signal)
  const end = async (error?: Error): Promise<void> => {
    if (error === undefined) answer.resolve()
    else answer.reject(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { state, watch, look, end }
}

it('says once that a topic has grown, without making the heartbeat wait for the answer', async () => {
  const { state, watch, look, end } = setup()
  watch.joined(true)
  look()
  state.nowMs = 30_000
  look()
  look()
  expect(state).toMatchObject({ refreshes: 1, grown: 0 })
  state.partitions = 3
  await end()
  expect(state.grown).toBe(1)
})

it('looks again after a look that nobody answered', async () => {
  const { state, watch, look, end } = setup()
  watch.joined(true)
  state.nowMs = 30_000
  look()
  await end(new Error('no broker'))
  state.nowMs = 60_000
  look()
  expect(state).toMatchObject({ refreshes: 2, grown: 0 })
})

it('asks only as the leader of the group', () => {
  const { state, watch, look } = setup()
  watch.joined(false)
  state.nowMs = 1e9
  look()
  expect(state.refreshes).toBe(0)
})

it('forgets a look of an earlier generation', async () => {
  const { state, watch, look, end } = setup()
  watch.joined(true)
  state.nowMs = 30_000
  look()
  watch.joined(true)
  state.partitions = 3
  await end()
  expect(state.grown).toBe(0)
})

it('knows which partitions were made after the first join, through all later ones', async () => {
  const { state, watch } = setup()
  const isNew = (): boolean[] => [0, 1, 2, 3].map((partition) => watch.isNew({ topic: 'orders', partition }))
  expect(isNew()).toEqual([false, false, false, false])
  watch.joined(true)
  expect(isNew()).toEqual([false, false, true, true])
  state.partitions = 4
  watch.joined(false)
  expect(isNew()).toEqual([false, false, true, true])
})
