import type { Topic } from './topic.js'
import { collisionKey } from './topic-name.js'

/** Topics by all that a request may know of them. */
export interface TopicIndex<T extends Topic> {
  readonly find: (name: string) => T | undefined
  readonly findById: (id: string) => T | undefined
  /** The one that a topic of this name may not exist beside, because Kafka's metrics could not tell them apart. */
  readonly findAlike: (name: string) => T | undefined
  /** In the order in which they were added. */
  readonly all: () => readonly T[]
  add(topic: T): void
  remove(topic: T): void
}

export function createTopicIndex<T extends Topic>(): TopicIndex<T> {
  const byName = new Map<string, T>()
  const byId = new Map<string, T>()
  /** So that a new name is compared with one other and not with all. */
  const byCollisionKey = new Map<string, T>()
  return {
    find: (name) => byName.get(name),
    findById: (id) => byId.get(id),
    findAlike: (name) => byCollisionKey.get(collisionKey(name)),
    all: () => [...byName.values()],
    add(topic) {
      byName.set(topic.name, topic)
      byId.set(topic.id, topic)
      byCollisionKey.set(collisionKey(topic.name), topic)
    },
    remove(topic) {
      byName.delete(topic.name)
      byId.delete(topic.id)
      byCollisionKey.delete(collisionKey(topic.name))
    },
  }
}
