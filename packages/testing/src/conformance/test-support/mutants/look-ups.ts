import type { Driver, Lease, TopicDescription } from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'
import type { Mutant } from './mutant.js'
import { mutateMember } from './mutate-member.js'

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

/** Ends by lease of the driver. */
const begins = new WeakMap<Lease, bigint>()

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
  {
    name: 'tells the end of the log as it was when the lease began',
    breaks: 'ends-are-exact',
    driver: mutateMember({
      lease: (lease, { world }) => (begins.set(lease, world.driver.endOffset(lease.topic, lease.partition)), {}),
      member: (member, { unwrap }) => ({
        async endOffsets(leases, signal) {
          const found = await member.endOffsets(leases, signal)
          return new Map([...found].map(([lease, end]) => [lease, begins.get(unwrap(lease)) ?? end]))
        },
      }),
    }),
  },
  {
    name: 'tells no end at all when one can not be asked for',
    breaks: 'ends-leave-out-what-is-gone',
    driver: mutateMember({
      member: (member) => ({
        async endOffsets(leases, signal) {
          const found = await member.endOffsets(leases, signal)
          return found.size < leases.length ? new Map() : found
        },
      }),
    }),
  },
  {
    name: 'takes 0 for the end of a log that is gone',
    breaks: 'ends-leave-out-what-is-gone',
    driver: mutateMember({
      member: (member) => ({
        async endOffsets(leases, signal) {
          const found = await member.endOffsets(leases, signal)
          return new Map(leases.map((lease) => [lease, found.get(lease) ?? 0n]))
        },
      }),
    }),
  },
  {
    name: 'takes a time for the beginning of the log',
    breaks: 'places-are-found',
    driver: mutateMember({
      member: (member) => ({
        findOffsets: async (leases, at, signal) =>
          (await member.findOffsets?.(leases, typeof at === 'string' ? at : 'earliest', signal)) ?? new Map(),
      }),
    }),
  },
]
