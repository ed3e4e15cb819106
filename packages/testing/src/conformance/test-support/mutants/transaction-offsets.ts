import { fail, type LeaseCommit } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { mutateMember } from './mutate-member.js'
import { mutateTransaction } from './mutate-transactions.js'

const isEnded = ({ lease }: LeaseCommit): boolean => !lease.isLive

export const transactionOffsetMutants: readonly Mutant[] = [
  {
    name: 'takes the first of the offsets of a transaction only',
    breaks: 'offsets-move-with-their-transaction',
    driver: mutateTransaction((transaction) => ({
      commit: (offsets = [], signal) =>
        transaction.commit(offsets.some(isEnded) ? offsets : offsets.slice(0, 1), signal),
    })),
  },
  {
    name: 'loses the metadata of offsets in a transaction',
    breaks: 'offsets-move-with-their-transaction',
    driver: mutateTransaction((transaction) => ({
      commit: (offsets = [], signal) =>
        transaction.commit(
          offsets.map(({ lease, offset }) => ({ lease, offset })),
          signal,
        ),
    })),
  },
  {
    name: 'forgets the offsets of a transaction without records',
    breaks: 'offsets-alone-are-committed',
    also: { 'aborted-offsets-are-not-taken': 'it commits offsets alone afterwards' },
    driver: mutateTransaction((transaction) => {
      let isEmpty = true
      return {
        send(record) {
          isEmpty = false
          return transaction.send(record)
        },
        commit: (offsets, signal) => transaction.commit(isEmpty ? [] : offsets, signal),
      }
    }),
  },
  {
    name: 'keeps the offsets of a transaction that it aborts',
    breaks: 'aborted-offsets-are-not-taken',
    driver: mutateTransaction((transaction, { world: { driver } }) => ({
      async commit(offsets = [], signal) {
        try {
          await transaction.commit(offsets, signal)
        } catch (error) {
          if (offsets.some(isEnded)) throw error
          for (const { lease, offset } of offsets) {
            for (const group of driver.groups()) {
              const isIts = driver
                .owned(group)
                .flat()
                .some((owned) => owned === lease)
              if (isIts) driver.setCommitted(lease.topic, lease.partition, offset, group)
            }
          }
          throw error
        }
      },
    })),
  },
  {
    name: 'takes an ended lease for one that may be tried again',
    breaks: 'an-ended-lease-is-fenced',
    also: { 'a-lost-member-is-fenced': 'its lease has ended' },
    driver: mutateTransaction((transaction, { options: { transactionalId } }) => ({
      async commit(offsets = [], signal) {
        if (!offsets.some(isEnded)) return transaction.commit(offsets, signal)
        await transaction.abort()
        throw fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId, reason: 'ILLEGAL_GENERATION' })
      },
    })),
  },
  {
    name: 'commits the records of a transaction without the offsets of a lease that has ended',
    breaks: 'an-ended-lease-is-fenced',
    also: { 'a-lost-member-is-fenced': 'its lease has ended' },
    driver: mutateTransaction((transaction, { options: { transactionalId } }) => ({
      async commit(offsets = [], signal) {
        if (!offsets.some(isEnded)) return transaction.commit(offsets, signal)
        await transaction.commit([], signal)
        throw fail('MILLRACE_TRANSACTION_FENCED', { transactionalId, reason: 'ILLEGAL_GENERATION' })
      },
    })),
  },
  {
    name: 'commits the offsets of the leases that are live, although another one has ended',
    breaks: 'an-ended-lease-is-fenced',
    driver: mutateTransaction((transaction, { world: { driver } }) => ({
      async commit(offsets = [], signal) {
        const live = offsets.filter((one) => !isEnded(one))
        if (live.length === 0 || live.length === offsets.length) return transaction.commit(offsets, signal)
        for (const { lease, offset } of live) {
          const group = driver.groups().find((name) =>
            driver
              .owned(name)
              .flat()
              .some((owned) => owned === lease),
          )
          if (group !== undefined) driver.setCommitted(lease.topic, lease.partition, offset, group)
        }
        return transaction.commit(offsets, signal)
      },
    })),
  },
  {
    name: 'lets a member that was thrown out commit through its producer',
    breaks: 'a-lost-member-is-fenced',
    driver: mutateTransaction((transaction) => {
      let isZombie = false
      return {
        send(record) {
          isZombie ||= String(record.value) === 'zombie' && record.partition === 0 // the one of the rule
          return transaction.send(record)
        },
        commit: (offsets = [], signal) => transaction.commit(isZombie && offsets.some(isEnded) ? [] : offsets, signal),
      }
    }),
  },
  {
    name: 'begins at the offset that a pending transaction is about to replace',
    breaks: 'a-start-waits-for-pending-offsets',
    driver: (world) => ({
      ...world.driver,
      join(options, events) {
        // What is pending concerns nobody in a group of another name, which begins where this one stands.
        const { driver } = world
        const group = `${options.group}-unstable`
        const isKnown = driver.groups().includes(options.group)
        const isPreset = isKnown && options.topics.some((topic) => isWaiting(driver.committed(topic, options.group)))
        if (!isPreset) return driver.join(options, events)
        for (const topic of options.topics) {
          for (const [partition, offset] of driver.committed(topic, options.group)) {
            driver.setCommitted(topic, partition, offset, group)
          }
        }
        return driver.join({ ...options, group }, events)
      },
    }),
  },
  {
    name: 'takes a pending offset for a committed one, whatever becomes of its transaction',
    breaks: 'a-start-waits-for-pending-offsets',
    driver: mutateMember({
      events: ({ onAssigned }) => ({
        async onAssigned(leases, generation) {
          await onAssigned(leases, generation)
          const isOfTheRule = leases.some(({ partition, startOffset }) => partition === 0 && startOffset === 3n)
          for (const lease of leases) if (isOfTheRule && lease.startOffset === 1n) lease.seek(3n)
        },
      }),
    }),
  },
]

/** As the rule has it: two partitions, both at 1. */
const isWaiting = (offsets: ReadonlyMap<number, bigint>): boolean => offsets.get(0) === 1n && offsets.get(1) === 1n
