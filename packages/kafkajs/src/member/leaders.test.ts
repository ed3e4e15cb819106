import { expect, it } from 'vitest'
import { createLeaders } from './leaders.js'
import { createFakeCluster } from './test-support/fake-cluster.js'

const never = new AbortController().signal
const orders = { topic: 'orders', partition: 0 }
const ledBy = (leader: number) => ({
  topicMetadata: [
    { topicErrorCode: 0, topic: 'orders', partitionMetadata: [{ partitionErrorCode: 0, partitionId: 0, leader }] },
  ],
})

it('takes the word of another node until its own metadata is newer', async () => {
  const fake = createFakeCluster([1, 2], async () => ({}))
  const pool: { metadata: ReturnType<typeof ledBy> | null } = { metadata: ledBy(1) }
  const refreshMetadata = async (): Promise<void> => void (pool.metadata = ledBy(1))
  const cluster = { ...fake.cluster, brokerPool: pool, refreshMetadata }
  const leaders = createLeaders({ cluster })
  leaders.learn(new Map([['orders', new Map([[0, 2]])]]))
  expect([leaders.leaderOf(orders), leaders.leaderOf({ ...orders, partition: 7 })]).toEqual([2, undefined])
  await leaders.refresh(never)
  expect(leaders.leaderOf(orders)).toBe(1)
})
