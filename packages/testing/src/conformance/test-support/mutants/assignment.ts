import type { Lease } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { type Mutated, mutateMember } from './mutate-member.js'

const madeUp = (topic: string, partition: number, epoch: number): Lease => ({
  topic,
  partition,
  epoch,
  startOffset: 0n,
  isLive: true,
  pause: () => undefined,
  resume: () => undefined,
  seek: () => undefined,
})

export const assignmentMutants: readonly Mutant[] = [
  {
    name: 'leaves the fifth partition of a topic to nobody',
    breaks: 'every-partition-has-one-owner',
    driver: mutateMember({
      events: ({ onAssigned }) => ({
        onAssigned: (leases, generation) =>
          onAssigned(
            leases.filter(({ partition }) => partition !== 4),
            generation,
          ),
      }),
    }),
  },
  {
    name: 'gives the first partition of a topic with five to every member',
    breaks: 'every-partition-has-one-owner',
    driver: mutateMember({
      events: ({ onAssigned }) => ({
        onAssigned(leases, generation) {
          const has = (partition: number) => leases.find((lease) => lease.partition === partition)
          const large = has(4) ?? has(3) ?? has(2)
          const extra = large === undefined || has(0) ? [] : [madeUp(large.topic, 0, generation)]
          return onAssigned([...leases, ...(leases.length > 1 ? [] : extra)], generation)
        },
      }),
    }),
  },
  {
    name: 'assigns topics that another member of the group wanted',
    breaks: 'members-own-what-they-subscribed-to',
    driver: mutateMember({
      events: ({ onAssigned }, { world, options }) => ({
        onAssigned(leases, generation) {
          const others = world.driver.subscriptions(options.group).filter((topic) => !options.topics.includes(topic))
          return onAssigned([...leases, ...others.map((topic) => madeUp(topic, 0, generation))], generation)
        },
      }),
    }),
  },
  {
    name: 'says nothing to a member that gets no partition',
    breaks: 'an-idle-member-is-told',
    driver: mutateMember({
      events: ({ onAssigned }) => ({
        onAssigned: (leases, generation) => (leases.length === 0 ? undefined : onAssigned(leases, generation)),
      }),
    }),
  },
  {
    name: 'fetches while onAssigned is still under way',
    breaks: 'onassigned-is-awaited',
    driver: mutateMember({
      events: ({ onAssigned }) => ({
        onAssigned: (leases, generation) => void onAssigned(leases, generation),
      }),
    }),
  },
  {
    name: 'forgets a seek that is made in onAssigned',
    breaks: 'a-seek-in-onassigned-counts',
    driver: (world) => {
      const assigning = new WeakSet<Mutated>()
      return mutateMember({
        lease: (lease, mutated) => ({
          seek: (offset) => (assigning.has(mutated) ? undefined : lease.seek(offset)),
        }),
        events: ({ onAssigned }, mutated) => ({
          async onAssigned(leases, generation) {
            assigning.add(mutated)
            await onAssigned(leases, generation)
            assigning.delete(mutated)
          },
        }),
      })(world)
    },
  },
  {
    name: 'gives every lease the first generation',
    breaks: 'generations-rise',
    driver: mutateMember({ lease: () => ({ epoch: 1 }) }),
  },
  {
    name: 'tells a generation of an assignment that does not rise',
    breaks: 'generations-rise',
    driver: mutateMember({
      events: ({ onAssigned }) => ({ onAssigned: (leases, generation) => onAssigned(leases, generation % 2) }),
    }),
  },
]
