import { expect, it } from 'vitest'
import { type FetchingBroker, fetchFromBroker, type FetchPosition } from './fetch-from-broker.js'

it('begins with another partition each time, so that none is always the last', async () => {
  const asked: string[] = []
  const broker: FetchingBroker = {
    fetch: async ({ topics }) => {
      const names = topics.map(({ topic, partitions }) => topic + JSON.stringify(partitions.map(numberOf)))
      asked.push(names.join(' '))
    },
  }
  const numberOf = (one: object): unknown => ('partition' in one ? one.partition : undefined)
  const at = (partition: number): FetchPosition => ({ partition, fetchOffset: 0n, maxBytes: 1 })
  const topics = [
    { topic: 'a', partitions: [at(0), at(1), at(2), at(3)] },
    { topic: 'b', partitions: [at(0)] },
  ]
  const request = { maxWaitMs: 0, minBytes: 1, maxBytes: 1, topics }
  for (const random of [0, 0.3, 0.5, 0.999]) {
    await expect(fetchFromBroker(broker, request, () => random)).rejects.toThrow(TypeError) // it answers nothing
  }
  expect(asked).toEqual(['a[0,1,2,3] b[0]', 'a[1,2,3,0] b[0]', 'b[0] a[2,3,0,1]', 'b[0] a[3,0,1,2]'])
})
