import type { Mutant } from './mutant.js'
import { mutateMember } from './mutate-member.js'

export const positionMutants: readonly Mutant[] = [
  {
    name: 'takes 0 for the beginning of every log',
    breaks: 'earliest-is-the-beginning',
    driver: mutateMember({
      lease: ({ topic, startOffset }, { world, options: { group } }) => {
        const isCommitted = world.driver.groups().includes(group) && world.driver.committed(topic, group).size > 0
        return isCommitted ? {} : { startOffset: startOffset === 2n ? 0n : startOffset }
      },
    }),
  },
  {
    name: 'begins at the beginning although asked for the end',
    breaks: 'latest-is-the-end',
    driver: mutateMember({ options: (options) => ({ ...options, startFrom: 'earliest' }) }),
  },
  {
    name: 'looks for the end of the log again at every start',
    breaks: 'latest-is-kept',
    driver: mutateMember({
      events: ({ onAssigned }, { world, options }) => ({
        onAssigned(leases, generation) {
          if (options.startFrom === 'latest') {
            for (const lease of leases) lease.seek(world.driver.endOffset(lease.topic, lease.partition))
          }
          return onAssigned(leases, generation)
        },
      }),
    }),
  },
  {
    name: 'begins one record before the committed offset',
    breaks: 'a-committed-offset-is-resumed',
    also: { 'a-start-waits-for-pending-offsets': 'it begins at committed offsets' },
    driver: mutateMember({
      events: ({ onAssigned }, { world, options }) => ({
        onAssigned(leases, generation) {
          for (const lease of leases) {
            const committed = world.driver.committed(lease.topic, options.group).get(lease.partition) ?? 0n
            const isInLog = world.driver
              .records(lease.topic)
              .some(({ partition, offset }) => partition === lease.partition && offset === committed - 1n)
            if (isInLog && options.startFrom === 'earliest') lease.seek(committed - 1n)
          }
          return onAssigned(leases, generation)
        },
      }),
    }),
  },
]
