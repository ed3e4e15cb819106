import { fail, type Timer, systemClock } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { type Mutated, mutateMember } from './mutate-member.js'

/** Sessions of the rules that look at sessions; those of all others are long. */
const isShort = ({ options }: Mutated): boolean => options.sessionTimeoutMs < 1000
const beyond = ({ options }: Mutated): number => options.sessionTimeoutMs * 1.5

export const membershipMutants: readonly Mutant[] = [
  {
    name: 'calls a loss an orderly revocation',
    breaks: 'lost-leases-are-called-lost',
    driver: mutateMember({
      events: ({ onRevoked }) => ({ onRevoked: (leases) => onRevoked(leases, { lost: false }) }),
    }),
  },
  {
    name: 'pretends that a commit of a lost lease was stored',
    breaks: 'a-lost-lease-does-not-commit',
    driver: mutateMember({
      member: (member, { lost }) => ({
        async commit(commits, signal) {
          if (!commits.some(({ lease }) => lost.has(lease))) await member.commit(commits, signal)
        },
      }),
    }),
  },
  {
    name: 'calls the commit of a lost lease one that may be tried again',
    breaks: 'a-lost-lease-does-not-commit',
    driver: mutateMember({
      member: (member, { lost, options: { group } }) => ({
        async commit(commits, signal) {
          const isLost = commits.some(({ lease }) => lost.has(lease))
          if (isLost) throw fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason: 'UNKNOWN_MEMBER_ID' })
          await member.commit(commits, signal)
        },
      }),
    }),
  },
  {
    name: 'falls silent after its group threw it out',
    breaks: 'a-lost-member-joins-again',
    driver: mutateMember({
      events({ onAssigned, onRevoked, onRecords }) {
        let isLost = false
        return {
          onRevoked(leases, reason) {
            isLost ||= reason.lost
            return onRevoked(leases, reason)
          },
          onAssigned: (leases, generation) => (isLost ? undefined : onAssigned(leases, generation)),
          onRecords: (lease, batch) => (isLost ? undefined : onRecords(lease, batch)),
        }
      },
    }),
  },
  {
    name: 'beats its heart no more once it is paused',
    breaks: 'heartbeats-need-no-records',
    driver: (world) => {
      const sessions = new WeakMap<Mutated, Timer>()
      return mutateMember({
        lease: (lease, mutated) => ({
          pause() {
            lease.pause()
            const lose = (): void => void world.driver.loseMember(mutated.options.group).catch(() => undefined)
            if (isShort(mutated)) sessions.set(mutated, systemClock.after(beyond(mutated), lose))
          },
        }),
        events: ({ onRevoked }, mutated) => ({
          onRevoked(leases, reason) {
            sessions.get(mutated)?.cancel()
            return onRevoked(leases, reason)
          },
        }),
      })(world)
    },
  },
  {
    name: 'beats its heart no more while it drains',
    breaks: 'heartbeats-go-on-while-draining',
    driver: (world) => {
      const isOut = new WeakSet<Mutated>()
      return mutateMember({
        events: ({ onRevoked }, mutated) => ({
          async onRevoked(leases, reason) {
            const session = systemClock.after(isShort(mutated) ? beyond(mutated) : 3_600_000, () => isOut.add(mutated))
            try {
              await onRevoked(leases, reason)
            } finally {
              session.cancel()
            }
          },
        }),
        member: (member, mutated) => ({
          async commit(commits, signal) {
            const facts = { group: mutated.options.group, reason: 'UNKNOWN_MEMBER_ID' }
            if (isOut.has(mutated)) throw fail('MILLRACE_DRIVER_COMMIT_REFUSED', facts)
            await member.commit(commits, signal)
          },
        }),
      })(world)
    },
  },
  {
    name: 'forgets its instance id',
    breaks: 'a-static-member-comes-back',
    also: { 'the-elder-of-two-instances-dies': 'without the id there are no two of one instance' },
    driver: mutateMember({
      options: ({ instanceId: _forgotten, ...options }) => options,
    }),
  },
  {
    name: 'leaves the group although it is static',
    breaks: 'a-static-member-comes-back',
    driver: mutateMember({
      member: (member, { world, options: { group, instanceId } }) => ({
        async leave() {
          await member.leave()
          if (instanceId !== undefined) await world.driver.rebalance(group)
        },
      }),
    }),
  },
  {
    name: 'joins again for ever when another member has its instance id',
    breaks: 'the-elder-of-two-instances-dies',
    driver: mutateMember({
      events: ({ onFatal }, { options }) => ({
        onFatal: (error) => (options.instanceId === undefined ? onFatal(error) : undefined),
      }),
    }),
  },
]
