import type { GroupState } from './group-state.js'

/** The protocol type of consumers: only then does the broker read what members say of themselves. */
export const consumerProtocolType = 'consumer'

type Subscribers = Pick<GroupState, 'protocolType' | 'protocolName' | 'members'>

/** All topics that the members named; null where the group does not tell them in the words of consumers, or told them wrong. */
export function subscribedTopicsOf(group: Subscribers): ReadonlySet<string> | null {
  if (group.protocolType !== consumerProtocolType) return null
  const topics = new Set<string>()
  for (const { protocols } of group.members.values()) {
    const told = protocols.find(({ name }) => name === group.protocolName)
    const named = told === undefined ? undefined : readSubscription(told.metadata)
    if (named === undefined) return null
    for (const topic of named) topics.add(topic)
  }
  return topics
}

/** A group that has not said what it reads counts as reading everything, if it is one of consumers. */
export function isSubscribedTo(group: Pick<GroupState, 'subscribedTopics' | 'protocolType'>, topic: string): boolean {
  return group.subscribedTopics?.has(topic) ?? group.protocolType === consumerProtocolType
}

/** Version (int16), topics (array of strings), then what nobody here needs: version 0 is the beginning of all later ones. */
function readSubscription(metadata: Buffer): string[] | undefined {
  if (metadata.length < 6) return undefined
  const count = metadata.readInt32BE(2)
  const topics: string[] = []
  let at = 6
  for (let i = 0; i < count; i += 1) {
    if (at + 2 > metadata.length) return undefined
    const length = metadata.readInt16BE(at)
    at += 2
    if (length < 0 || at + length > metadata.length) return undefined
    topics.push(metadata.toString('utf8', at, at + length))
    at += length
  }
  return count < 0 ? undefined : topics
}
