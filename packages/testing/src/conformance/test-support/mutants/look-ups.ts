import type { Driver, TopicDescription } from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'
import type { Mutant } from './mutant.js'

/** A driver that changes what it says of topics. */
const mutateTopics =
  (change: (found: Map<string, TopicDescription>, names: readonly string[], world: InMemoryWorld) => void) =>
  (world: InMemoryWorld): Driver => ({
    ...world.driver,
    async describeTopics(names, signal) {
      const found = new Map(await world.driver.describeTopics(names, signal))
      change(found, names, world)
      return found
    },
  })

export const lookUpMutants: readonly Mutant[] = [
  {
    name: 'says of every topic that it has one partition',
    breaks: 'topics-are-described',
    driver: mutateTopics((found) => {
      for (const [name, topic] of found) found.set(name, { ...topic, partitions: 1 })
    }),
  },
  {
    name: 'tells the retention in seconds',
    breaks: 'topics-are-described',
    driver: mutateTopics((found) => {
      for (const [name, topic] of found) {
        if (topic.retentionMs !== undefined) found.set(name, { ...topic, retentionMs: topic.retentionMs / 1000 })
      }
    }),
  },
  {
    name: 'describes topics that do not exist',
    breaks: 'unknown-topics-are-left-out',
    driver: mutateTopics((found, names) => {
      for (const name of names) if (!found.has(name)) found.set(name, { name, partitions: 0 })
    }),
  },
  {
    name: 'creates the topics that it looks up',
    breaks: 'unknown-topics-are-left-out',
    driver: mutateTopics((found, names, { driver }) => {
      for (const name of names) if (!found.has(name)) driver.createTopic(name)
    }),
  },
]
