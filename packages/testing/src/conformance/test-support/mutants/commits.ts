import type { Mutant } from './mutant.js'
import { mutateMember } from './mutate-member.js'

const never = new AbortController().signal

export const commitMutants: readonly Mutant[] = [
  {
    name: 'acknowledges the third commit without storing it',
    breaks: 'commits-are-read-back',
    driver: mutateMember({
      member(member) {
        let count = 0
        return {
          async commit(commits, signal) {
            count += 1
            if (count !== 3) await member.commit(commits, signal)
          },
        }
      },
    }),
  },
  {
    name: 'never commits below what it has committed before',
    breaks: 'a-sought-position-is-committed',
    driver: mutateMember({
      member(member) {
        let highest = -1n
        return {
          async commit(commits, signal) {
            const isBack = commits.some(({ offset }) => offset < highest)
            for (const { offset } of commits) if (offset > highest) highest = offset
            if (!isBack || commits.length > 1) await member.commit(commits, signal)
          },
        }
      },
    }),
  },
  {
    name: 'stores two leases of a commit at most',
    breaks: 'all-leases-of-a-commit-land',
    driver: mutateMember({
      member: (member) => ({ commit: (commits, signal) => member.commit(commits.slice(0, 2), signal) }),
    }),
  },
  {
    name: 'commits its other partitions, too, at the end of their logs',
    breaks: 'commits-touch-nothing-else',
    driver: mutateMember({
      member: (member, { held, world: { driver }, options: { group } }) => ({
        async commit(commits, signal) {
          await member.commit(commits, signal)
          const own = new Set(commits.map(({ lease }) => lease))
          for (const { topic, partition } of [...held].filter((lease) => !own.has(lease))) {
            const isKnown = driver.committed(topic, group).has(partition)
            if (isKnown) driver.setCommitted(topic, partition, driver.endOffset(topic, partition), group)
          }
        },
      }),
    }),
  },
  {
    name: 'loses the metadata of a commit',
    breaks: 'commit-metadata-is-kept',
    driver: mutateMember({
      member: (member) => ({
        commit: (commits, signal) =>
          member.commit(
            commits.map(({ lease, offset }) => ({ lease, offset })),
            signal,
          ),
      }),
    }),
  },
  {
    name: 'commits although the signal has aborted',
    breaks: 'an-aborted-commit-rejects',
    driver: mutateMember({ member: (member) => ({ commit: (commits) => member.commit(commits, never) }) }),
  },
]
