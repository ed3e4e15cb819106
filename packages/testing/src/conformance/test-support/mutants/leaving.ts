import { systemClock } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { type Mutated, mutateMember } from './mutate-member.js'

const never = new AbortController().signal

export const leavingMutants: readonly Mutant[] = [
  {
    name: 'leaves without a revocation',
    breaks: 'leave-ends-leases',
    driver: (world) => {
      const leaving = new WeakSet<Mutated>()
      return mutateMember({
        events: ({ onRevoked }, mutated) => ({
          onRevoked: (leases, reason) => (leaving.has(mutated) ? undefined : onRevoked(leases, reason)),
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
    name: 'leaves the group a moment after leave has resolved',
    breaks: 'leave-empties-the-group',
    driver: (world) => {
      const gone = new WeakSet<Mutated>()
      const heard = new WeakMap<Mutated, (limitMs: number) => Promise<void>>()
      return mutateMember({
        events({ onAssigned, onRevoked, onRecords }, mutated) {
          heard.set(mutated, async (limitMs) => {
            const leases = [...mutated.held]
            if (leases.length === 0) return
            const drained = Promise.resolve(onRevoked(leases, { lost: false }))
            await Promise.race([drained, systemClock.wait(limitMs, never)])
          })
          return {
            onAssigned: (leases, generation) => (gone.has(mutated) ? undefined : onAssigned(leases, generation)),
            onRevoked: (leases, reason) => (gone.has(mutated) ? undefined : onRevoked(leases, reason)),
            onRecords: (lease, batch) => (gone.has(mutated) ? undefined : onRecords(lease, batch)),
          }
        },
        member(member, mutated) {
          let leaving: Promise<void> | undefined
          const leave = async (): Promise<void> => {
            gone.add(mutated)
            await heard.get(mutated)?.(mutated.options.revokeDrainMs)
            systemClock.after(20, () => void member.leave())
          }
          return { leave: () => (leaving ??= leave()) }
        },
      })(world)
    },
  },
  {
    name: 'rejects a second leave',
    breaks: 'leave-is-idempotent',
    driver: mutateMember({
      member(member) {
        let isLeaving = false
        return {
          async leave() {
            if (isLeaving) throw new Error('left already')
            isLeaving = true
            await member.leave()
          },
        }
      },
    }),
  },
  {
    name: 'waits for onRevoked for ever when it leaves',
    breaks: 'leave-is-bounded',
    driver: (world) => {
      const leaving = new WeakSet<Mutated>()
      return mutateMember({
        options: (options) => ({ ...options, revokeDrainMs: 3_600_000 }),
        events: ({ onRevoked }, mutated) => ({
          async onRevoked(leases, reason) {
            const drained = onRevoked(leases, reason)
            const limit = systemClock.wait(mutated.options.revokeDrainMs, never)
            await (leaving.has(mutated) ? drained : Promise.race([drained, limit]))
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
    name: 'has something to say after it has left',
    breaks: 'nothing-is-called-after-leave',
    driver: (world) => {
      const speakers = new WeakMap<Mutated, () => void>()
      return mutateMember({
        events({ onAssigned, onEvent, onFatal }, mutated) {
          let isDead = false
          return {
            onAssigned(leases, generation) {
              const speak = (): void => (isDead ? undefined : onEvent({ name: 'worker.warned', warning: 'closing' }))
              speakers.set(mutated, speak)
              return onAssigned(leases, generation)
            },
            onFatal(error) {
              isDead = true
              onFatal(error)
            },
          }
        },
        member: (member, mutated) => ({
          async leave() {
            await member.leave()
            setImmediate(() => speakers.get(mutated)?.())
          },
        }),
      })(world)
    },
  },
  {
    name: 'finishes a join that was under way when it was told to leave',
    breaks: 'leave-while-joining',
    driver: (world) => {
      const finish = new WeakMap<Mutated, () => void>()
      return mutateMember({
        events({ onAssigned }, mutated) {
          finish.set(mutated, () => void onAssigned([], 1))
          return {
            onAssigned(leases, generation) {
              finish.delete(mutated)
              return onAssigned(leases, generation)
            },
          }
        },
        member: (member, mutated) => ({
          async leave() {
            await member.leave()
            setImmediate(() => finish.get(mutated)?.())
          },
        }),
      })(world)
    },
  },
]
