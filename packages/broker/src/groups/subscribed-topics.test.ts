import { describe, expect, it } from 'vitest'
import type { Member } from './group-state.js'
import { isSubscribedTo, subscribedTopicsOf } from './subscribed-topics.js'
import { subscriptionTo } from './test-support/group-bench.js'

const membersSaying = (...metadata: Buffer[]): ReadonlyMap<string, Member> =>
  new Map(metadata.map((one, i) => [`m${i}`, { protocols: [{ name: 'range', metadata: one }] } as unknown as Member]))
const subscribedTo = (type: string | null, ...metadata: Buffer[]) => {
  const topics = subscribedTopicsOf({ protocolType: type, protocolName: 'range', members: membersSaying(...metadata) })
  return topics === null ? null : [...topics]
}
const cut = (bytes: Buffer, by: number) => bytes.subarray(0, bytes.length - by)

describe('what a group subscribes to', () => {
  it.each([
    [
      'is the union of what its members say',
      'consumer',
      [subscriptionTo('a', 'b'), subscriptionTo('b', 'c')],
      ['a', 'b', 'c'],
    ],
    ['is nothing when nobody is in it', 'consumer', [], []],
    ['is not known of another type', 'connect', [subscriptionTo('a')], null],
    ['is not known of a group that nobody joined', null, [], null],
    ['is not known when one of them says nothing', 'consumer', [subscriptionTo('a'), Buffer.alloc(0)], null],
    ['is not known when a name is cut off', 'consumer', [cut(subscriptionTo('orders'), 5)], null],
    ['is not known when a length is cut off', 'consumer', [cut(subscriptionTo('orders'), 11)], null],
    ['is not known when the count is negative', 'consumer', [Buffer.from([0, 0, 255, 255, 255, 255])], null],
    ['ignores what later versions add', 'consumer', [Buffer.concat([subscriptionTo('a'), Buffer.alloc(9)])], ['a']],
  ])('%s', (_behaviour, type, metadata, topics) => {
    expect(subscribedTo(type, ...metadata)).toEqual(topics)
  })

  it('is everything for a consumer group that has not said it yet, and nothing for others', () => {
    const unknown = { subscribedTopics: null }
    expect(isSubscribedTo({ ...unknown, protocolType: 'consumer' }, 'orders')).toBe(true)
    expect(isSubscribedTo({ ...unknown, protocolType: null }, 'orders')).toBe(false)
  })
})
