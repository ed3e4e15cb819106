import { fail, type Lease, type LeaseCommit, systemClock } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { type Mutated, mutateMember } from './mutate-member.js'

const never = new AbortController().signal

/** What a driver that does not look at its leases would do. */
const store = ({ world, options: { group } }: Mutated, commits: readonly LeaseCommit[]): void => {
  for (const { lease, offset } of commits) world.driver.setCommitted(lease.topic, lease.partition, offset, group)
}
const ended = ({ topic, partition }: Lease) => fail('MILLRACE_DRIVER_LEASE_ENDED', { topic, partition })

/** All partitions of a topic of three. */
const isWhole = (leases: readonly Lease[]): boolean => leases.map(({ partition }) => partition).join() === '0,1,2'

export const revocationMutants: readonly Mutant[] = [
  {
    name: 'hands a batch over when the revocation has begun',
    breaks: 'records-stay-within-the-lease',
    driver: mutateMember({
      events: ({ onRevoked, onRecords }) => ({
        onRevoked(leases, reason) {
          const drained = onRevoked(leases, reason)
          for (const lease of reason.lost ? [] : leases) {
            const at = lease.startOffset
            onRecords(lease, { baseOffset: at, records: [], nextOffset: at, endOffset: at })
          }
          return drained
        },
      }),
    }),
  },
  {
    name: 'gives partitions away while onRevoked is still under way',
    breaks: 'onrevoked-is-awaited',
    also: {
      'heartbeats-go-on-while-draining': 'a drain that nobody waits for is over before it can commit',
    },
    driver: mutateMember({
      events: ({ onRevoked }) => ({ onRevoked: (leases, reason) => void onRevoked(leases, reason) }),
    }),
  },
  {
    name: 'waits for onRevoked for ever in a rebalance',
    breaks: 'the-drain-is-bounded',
    driver: (world) => {
      const leaving = new WeakSet<Mutated>()
      return mutateMember({
        options: (options) => ({ ...options, revokeDrainMs: 3_600_000 }),
        events: ({ onRevoked }, mutated) => ({
          async onRevoked(leases, reason) {
            const drained = onRevoked(leases, reason)
            const limit = systemClock.wait(mutated.options.revokeDrainMs, never)
            await (leaving.has(mutated) ? Promise.race([drained, limit]) : drained)
          },
        }),
        member: (member, mutated) => ({
          leave() {
            leaving.add(mutated)
            return member.leave()
          },
        }),
      })(world)
    },
  },
  {
    name: 'ends the leases before it asks for the drain of a rebalance',
    breaks: 'a-drain-may-commit',
    also: { 'heartbeats-go-on-while-draining': 'it commits in the drain of a rebalance, too' },
    driver: (world) => {
      const leaving = new WeakSet<Mutated>()
      return mutateMember({
        member: (member, mutated) => ({
          async commit(commits, signal) {
            const gone = commits.find(({ lease }) => !mutated.held.has(lease))
            if (gone !== undefined && !leaving.has(mutated)) throw ended(gone.lease)
            await member.commit(commits, signal)
          },
          leave() {
            leaving.add(mutated)
            return member.leave()
          },
        }),
      })(world)
    },
  },
  {
    name: 'forgets two of three leases when it revokes',
    breaks: 'every-lease-is-revoked-once',
    driver: mutateMember({
      events: ({ onRevoked }) => ({
        onRevoked: (leases, reason) => onRevoked(isWhole(leases) ? leases.slice(0, 1) : leases, reason),
      }),
    }),
  },
  {
    name: 'has leases that never say that they ended',
    breaks: 'an-ended-lease-says-so',
    driver: mutateMember({
      lease: (lease, { lost }) => ({
        get isLive() {
          return lost.size > 0 ? lease.isLive : true
        },
      }),
    }),
  },
  {
    name: 'takes a seek on an ended lease without a word',
    breaks: 'an-ended-lease-does-not-seek',
    driver: mutateMember({
      lease: (lease) => ({ seek: (offset) => (lease.isLive ? lease.seek(offset) : undefined) }),
    }),
  },
  {
    name: 'stores a commit of a lease that has ended',
    breaks: 'an-ended-lease-does-not-commit',
    driver: mutateMember({
      member: (member, mutated) => ({
        async commit(commits, signal) {
          const isGone = commits.every(({ lease }) => !lease.isLive && !mutated.lost.has(lease))
          if (isGone) store(mutated, commits)
          else await member.commit(commits, signal)
        },
      }),
    }),
  },
  {
    name: 'stores a commit of an ended lease and then refuses it',
    breaks: 'an-ended-lease-does-not-commit',
    driver: mutateMember({
      member: (member, mutated) => ({
        async commit(commits, signal) {
          const isGone = commits.every(({ lease }) => !lease.isLive && !mutated.lost.has(lease))
          if (isGone) store(mutated, commits)
          await member.commit(commits, signal)
        },
      }),
    }),
  },
  {
    name: 'commits the leases that are left and refuses the others',
    breaks: 'one-ended-lease-refuses-all',
    driver: mutateMember({
      member: (member) => ({
        async commit(commits, signal) {
          const live = commits.filter(({ lease }) => lease.isLive)
          if (live.length > 0) await member.commit(live, signal)
          if (live.length < commits.length) await member.commit(commits, signal)
        },
      }),
    }),
  },
]
