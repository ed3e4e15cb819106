import type {
  Driver,
  Lease,
  LeaseCommit,
  Member,
  MemberEvents,
  MemberOptions,
  ReceivedBatch,
  Transaction,
} from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'

export interface Mutated {
  readonly world: InMemoryWorld
  /** As the pipeline gave them. */
  readonly options: MemberOptions
  /** Leases as the pipeline has them, that were assigned and not revoked since. */
  readonly held: Set<Lease>
  /** Leases that the group took away without asking. */
  readonly lost: Set<Lease>
  /** Whether the pipeline is being called with records. */
  readonly isHandingOver: boolean
  /** The driver's own lease behind one of the pipeline. */
  unwrap(lease: Lease): Lease
  /** The last batch with records that the driver had for a partition. */
  lastBatch(lease: Pick<Lease, 'topic' | 'partition'>): ReceivedBatch | undefined
  /** Hands a batch to the pipeline, for the lease that is held now. */
  hand(lease: Pick<Lease, 'topic' | 'partition'>, batch: ReceivedBatch): void
}

export interface MemberMutation {
  readonly options?: (options: MemberOptions) => MemberOptions
  /** Replaces members of each lease; getters count. */
  readonly lease?: (lease: Lease, mutated: Mutated) => Partial<Lease>
  /** Stands between driver and pipeline. */
  readonly events?: (events: MemberEvents, mutated: Mutated) => Partial<MemberEvents>
  /** Stands between pipeline and driver. */
  readonly member?: (member: Member, mutated: Mutated) => Partial<Member>
}

/** A driver whose members are broken as told. Each member is mutated by itself: the functions are called once per join. */
export const mutateMember =
  (mutation: MemberMutation) =>
  (world: InMemoryWorld): Driver => {
    const inner = new Map<Lease, Lease>()
    const unwrapped = (commits: readonly LeaseCommit[]): LeaseCommit[] =>
      commits.map((commit) => ({ ...commit, lease: inner.get(commit.lease) ?? commit.lease }))
    const join: Driver['join'] = (options, events) => {
      const held = new Set<Lease>()
      const lost = new Set<Lease>()
      const batches = new Map<string, ReceivedBatch>()
      let isHandingOver = false
      const mutated: Mutated = {
        get isHandingOver() {
          return isHandingOver
        },
        world,
        options,
        held,
        lost,
        unwrap: (lease) => inner.get(lease) ?? lease,
        lastBatch: (lease) => batches.get(keyOf(lease)),
        hand(lease, batch) {
          for (const one of held) if (keyOf(one) === keyOf(lease)) events.onRecords(one, batch)
        },
      }
      const outer = new Map<Lease, Lease>()
      const wrap = (lease: Lease): Lease => {
        const known = outer.get(lease)
        if (known !== undefined) return known
        const wrapped = overlay(lease, mutation.lease?.(lease, mutated) ?? {})
        outer.set(lease, wrapped)
        inner.set(wrapped, lease)
        return wrapped
      }
      const told: MemberEvents = { ...events, ...mutation.events?.(events, mutated) }
      const member = world.driver.join(mutation.options?.(options) ?? options, {
        onAssigned(leases, generation) {
          const wrapped = leases.map(wrap)
          for (const lease of wrapped) held.add(lease)
          return told.onAssigned(wrapped, generation)
        },
        onRevoked(leases, reason) {
          const wrapped = leases.map(wrap)
          for (const lease of wrapped) {
            held.delete(lease)
            if (reason.lost) lost.add(lease)
          }
          return told.onRevoked(wrapped, reason)
        },
        onRecords(lease, batch) {
          isHandingOver = true
          told.onRecords(wrap(lease), batch)
          isHandingOver = false
          if (batch.records.length > 0) batches.set(keyOf(lease), batch)
        },
        onEvent: (event) => told.onEvent(event),
        onFatal: (error) => told.onFatal(error),
      })
      const { unwrap } = mutated
      const base = overlay(member, {
        commit: async (commits, signal) => member.commit(unwrapped(commits), signal),
        async endOffsets(leases, signal) {
          const found = await member.endOffsets(leases.map(unwrap), signal)
          return new Map([...found].map(([lease, end]) => [wrap(lease), end]))
        },
        async findOffsets(leases, at, signal) {
          const found = await member.findOffsets?.(leases.map(unwrap), at, signal)
          return new Map([...(found ?? [])].map(([lease, place]) => [wrap(lease), place]))
        },
      })
      return overlay(base, mutation.member?.(base, mutated) ?? {})
    }
    return {
      ...world.driver,
      join,
      async openTransactions(options, signal) {
        const producer = await world.driver.openTransactions(options, signal)
        const begin = (): Transaction => {
          const transaction = producer.begin()
          return overlay(transaction, {
            commit: (commits = [], given) => transaction.commit(unwrapped(commits), given),
          })
        }
        return overlay(producer, { begin })
      },
    }
  }

const keyOf = ({ topic, partition }: Pick<Lease, 'topic' | 'partition'>): string => `${topic}/${partition}`

/** The same object as seen from outside, but for what is replaced. */
export function overlay<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      const source: object = Object.hasOwn(changes, name) ? changes : target
      const value: unknown = Reflect.get(source, name)
      return typeof value === 'function' ? value.bind(source) : value
    },
  })
}
