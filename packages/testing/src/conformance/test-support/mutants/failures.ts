import type { DriverEvent } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { mutateMember } from './mutate-member.js'

/** A driver that says something else instead of an event: any number of others. */
const mutateEvents = (change: (event: DriverEvent) => readonly DriverEvent[]) =>
  mutateMember({
    events: ({ onEvent }) => ({ onEvent: (event) => change(event).forEach((one) => onEvent(one)) }),
  })
const isGone = (event: DriverEvent): boolean =>
  event.name === 'partition.failed' && event.error.message.includes('does not exist')

export const failureMutants: readonly Mutant[] = [
  {
    name: 'goes to the end where it should go to the beginning',
    breaks: 'out-of-range-earliest',
    driver: mutateMember({
      options: (options) => (options.outOfRange === 'earliest' ? { ...options, outOfRange: 'latest' } : options),
    }),
  },
  {
    name: 'skips a lost range without a word',
    breaks: 'out-of-range-earliest',
    driver: mutateEvents((event) => (event.name === 'partition.out-of-range' && event.to === 3n ? [] : [event])),
  },
  {
    name: 'goes to the beginning where it should go to the end',
    breaks: 'out-of-range-latest',
    driver: mutateMember({
      options: (options) => (options.outOfRange === 'latest' ? { ...options, outOfRange: 'earliest' } : options),
    }),
  },
  {
    name: 'names a range that is not the one it skipped',
    breaks: 'out-of-range-latest',
    driver: mutateEvents((event) =>
      event.name === 'partition.out-of-range' && event.to === 5n ? [{ ...event, from: 0n }] : [event],
    ),
  },
  {
    name: 'goes on where it was told to stop',
    breaks: 'out-of-range-fail',
    driver: mutateMember({
      options: (options) => (options.outOfRange === 'fail' ? { ...options, outOfRange: 'earliest' } : options),
    }),
  },
  {
    name: 'stops every topic when one is deleted',
    breaks: 'a-deleted-topic-stops-nobody',
    driver: mutateMember({
      events({ onRecords, onEvent }) {
        let gone: string | undefined
        return {
          onEvent(event) {
            if (event.name === 'partition.failed') gone = event.topic
            onEvent(event)
          },
          onRecords(lease, batch) {
            if (gone === undefined || gone === lease.topic) onRecords(lease, batch)
          },
        }
      },
    }),
  },
  {
    name: 'reports a partition that is gone again and again',
    breaks: 'a-failed-partition-is-said-once',
    driver: mutateEvents((event) => (isGone(event) ? [event, event] : [event])),
  },
  {
    name: 'reports its healthy partitions as failed, too',
    breaks: 'a-failed-partition-is-said-once',
    driver: mutateMember({
      events: ({ onEvent }, { held }) => ({
        onEvent(event) {
          onEvent(event)
          if (event.name !== 'partition.failed' || !isGone(event)) return
          const others = [...held].filter(({ topic }) => topic !== event.topic)
          for (const { topic, partition } of others) onEvent({ ...event, topic, partition })
        },
      }),
    }),
  },
  {
    name: 'never says that a partition is well again',
    breaks: 'a-failed-partition-recovers',
    driver: mutateEvents((event) => (event.name === 'partition.recovered' ? [] : [event])),
  },
  {
    name: 'never reads a partition again that has failed',
    breaks: 'a-failed-partition-recovers',
    driver: mutateMember({
      events({ onRecords, onEvent }) {
        const failed = new Set<string>()
        return {
          onEvent(event) {
            if (isGone(event) && event.name === 'partition.failed') failed.add(event.topic)
            onEvent(event)
          },
          onRecords(lease, batch) {
            if (!failed.has(lease.topic)) onRecords(lease, batch)
          },
        }
      },
    }),
  },
  {
    name: 'dies twice',
    breaks: 'death-is-said-once-and-last',
    driver: mutateMember({
      events: ({ onFatal }) => ({
        onFatal(error) {
          onFatal(error)
          onFatal(error)
        },
      }),
    }),
  },
  {
    name: 'dies without a word',
    breaks: 'death-is-said-once-and-last',
    driver: mutateMember({
      events: ({ onFatal }, { options }) => ({
        // The death of a static member has a rule of its own.
        onFatal: (error) => (options.instanceId === undefined ? undefined : onFatal(error)),
      }),
    }),
  },
  {
    name: 'revokes its leases after it has died',
    breaks: 'death-is-said-once-and-last',
    driver: mutateMember({
      events({ onRevoked, onFatal }, { held }) {
        return {
          onFatal(error) {
            onFatal(error)
            void onRevoked([...held], { lost: true })
          },
        }
      },
    }),
  },
]
