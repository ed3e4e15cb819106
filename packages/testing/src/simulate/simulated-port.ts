/**
 * The driver port of one process in the fast layer: the driver in memory, with a network between. Every call travels there, is
 * applied, and its answer travels back; so does what the group tells the member, and records. Either way takes time, keeps its order,
 * and can be cut. What the process knows of its leases is its own knowledge, as in a real driver: it learns of an end only when it is
 * told, and until then it may try to commit, and is refused.
 */
import {
  type Driver,
  fail,
  type Lease,
  type LeaseCommit,
  type Member,
  type MemberEvents,
  type MemberOptions,
  MillraceError,
  type Sender,
  type Transaction,
  type TransactionalSender,
} from '@millrace/core'
import { createWay, type Way } from './way.js'
import type { Actor, World } from './world.js'

export interface SimulatedPort {
  readonly driver: Driver
  /** Calls that are on their way are lost, or only their answers are. */
  cut(lost: 'requests' | 'answers'): void
  /** The group has not heard of it for a session: it is out, and learns of it when it lives again. */
  expire(): void
}

interface PortParts {
  readonly world: World
  readonly actor: Actor
  readonly cluster: Actor
  readonly inner: Driver
  /** Until then nothing arrives at the cluster. */
  readonly upAt: () => number
  readonly began: (group: string, generation: number) => void
  /** Something may have been committed. */
  readonly changed: () => void
}

/** A lease as its process knows it. */
class KnownLease implements Lease {
  isLive = true
  /** Batches of an older version were fetched before a seek. */
  version = 0
  constructor(readonly inner: Lease) {}
  get topic(): string {
    return this.inner.topic
  }
  get partition(): number {
    return this.inner.partition
  }
  get epoch(): number {
    return this.inner.epoch
  }
  get startOffset(): bigint {
    return this.inner.startOffset
  }
  pause(): void {
    this.inner.pause()
  }
  resume(): void {
    this.inner.resume()
  }
  seek(offset: bigint): void {
    const { topic, partition, inner } = this
    if (!this.isLive) throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic, partition })
    this.version += 1
    if (inner.isLive) inner.seek(offset)
  }
}

const innerOf = (commits: readonly LeaseCommit[]): readonly LeaseCommit[] =>
  commits.map((commit) => ({
    ...commit,
    lease: commit.lease instanceof KnownLease ? commit.lease.inner : commit.lease,
  }))

export function createSimulatedPort(parts: PortParts): SimulatedPort {
  const { world, actor, cluster, inner, upAt } = parts
  const out = createWay(world, world.actor('network'), `${actor.name} out`, upAt)
  const back = createWay(world, actor, `${actor.name} in`)
  const open = new Set<(lost: 'requests' | 'answers') => void>()
  const members = new Set<() => void>()

  /** One call there and back. Where it is cut, `lostAs` says what the caller sees; left out, it is asked again. */
  function call<T>(label: string, apply: () => Promise<T>, lostAs?: () => MillraceError): Promise<T> {
    return new Promise((resolve, reject) => {
      let isCut = false
      const answer = (settle: () => void): void => {
        open.delete(cut)
        if (!isCut || lostAs === undefined) back(`${label} <-`, settle)
      }
      const request = (): void =>
        out(`${actor.name} -> ${label}`, () => {
          const isLost = isCut && lostAs === undefined
          if (isLost) isCut = false
          world.inside(cluster, apply).then(
            (value) => {
              parts.changed()
              answer(() => resolve(value))
            },
            (error: unknown) => {
              parts.changed()
              answer(() => reject(error))
            },
          )
        })
      const cut = (lost: 'requests' | 'answers'): void => {
        if (lostAs === undefined) return
        isCut = true
        open.delete(cut)
        void lost
        back(`${label} lost`, () => reject(lostAs()))
      }
      open.add(cut)
      request()
    })
  }

  const driver: Driver = {
    name: inner.name,
    capabilities: inner.capabilities,
    describeTopics: (names, signal) => call('describe topics', () => inner.describeTopics(names, signal)),
    join: (options, events) => joinThrough({ ...parts, call, back, members }, options, events),
    openSender: async (options) => senderThrough(await call('open sender', () => inner.openSender(options)), call),
    async openTransactions(options, signal) {
      const reopen = (): Promise<TransactionalSender> => inner.openTransactions(options, new AbortController().signal)
      const first = await call('open transactions', () => inner.openTransactions(options, signal))
      return transactionsThrough(first, reopen, options.transactionalId, call)
    },
    close: async () => undefined,
  }

  return {
    driver,
    cut(lost) {
      if (lost === 'requests')
        world.cancel(({ lane, label }) => lane === `${actor.name} out` && label.endsWith('commit'))
      for (const one of [...open]) one(lost)
    },
    expire() {
      for (const one of [...members]) one()
    },
  }
}

type CallThrough = <T>(label: string, apply: () => Promise<T>, lostAs?: () => MillraceError) => Promise<T>

interface JoinParts extends PortParts {
  readonly call: CallThrough
  readonly back: Way
  readonly members: Set<() => void>
}

function joinThrough(parts: JoinParts, options: MemberOptions, events: MemberEvents): Member {
  const { world, cluster, call, back, members } = parts
  const { group } = options
  const known = new Map<Lease, KnownLease>()
  const out = Promise.withResolvers<void>()
  let isOut = false
  let leaving: 'no' | 'under way' | 'done' = 'no'

  /** Tells the process, and waits until it has answered; a process that is out is waited for no longer. */
  const tell = (label: string, act: () => Promise<void> | void): Promise<void> => {
    if (isOut) return Promise.resolve()
    const told = new Promise<void>((resolve) =>
      back(`<- ${label}`, () => {
        Promise.resolve()
          .then(() => (leaving === 'done' ? undefined : act()))
          .catch(() => undefined) // the core never rejects here; the conformance suite says so
          .then(() => call(`${label} done`, () => Promise.resolve()))
          .then(resolve, resolve)
      }),
    )
    return Promise.race([told, out.promise])
  }
  const knownOf = (leases: readonly Lease[]): readonly KnownLease[] => leases.flatMap((lease) => known.get(lease) ?? [])
  const end = (leases: readonly KnownLease[]): void => {
    for (const lease of leases) {
      lease.isLive = false
      known.delete(lease.inner)
    }
  }

  const wrapped: MemberEvents = {
    onAssigned(leases, generation) {
      parts.began(group, generation)
      const own = leases.map((lease) => new KnownLease(lease))
      for (const lease of own) known.set(lease.inner, lease)
      return tell('assigned', () => (leaving === 'no' ? events.onAssigned(own, generation) : undefined))
    },
    async onRevoked(leases, reason) {
      const own = knownOf(leases)
      await tell('revoked', async () => {
        await events.onRevoked(own, reason)
        end(own)
      })
    },
    onRecords(lease, batch) {
      const own = known.get(lease)
      if (own === undefined || isOut) return
      const { version } = own
      back(`<- records ${lease.topic}[${lease.partition}] to ${batch.nextOffset}`, () => {
        if (own.isLive && own.version === version) events.onRecords(own, batch)
      })
    },
    onEvent: (event) => back(`<- ${event.name}`, () => events.onEvent(event)),
    onFatal(error) {
      members.delete(expire)
      back('<- died', () => die(error))
    },
  }
  const die = (error: Error): void => {
    if (leaving === 'no') events.onFatal(error)
  }
  const member = world.inside(cluster, () => parts.inner.join(options, wrapped))

  function expire(): void {
    if (isOut) return
    isOut = true
    members.delete(expire)
    out.resolve()
    const lost = [...known.values()]
    back('<- session expired', () => {
      if (leaving === 'done') return
      void Promise.resolve(events.onRevoked(lost, { lost: true })).then(() => {
        end(lost)
        die(fail('MILLRACE_DRIVER_MEMBER_DIED', { group, reason: 'its session expired' }))
      })
    })
    world.inside(cluster, () => void member.leave())
  }
  members.add(expire)

  const refused = () =>
    fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group, reason: 'it is not a member with these leases' })
  return {
    async commit(commits, signal) {
      const ended = commits.find(({ lease }) => !lease.isLive)?.lease
      if (ended !== undefined) {
        const { topic, partition } = ended
        throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic, partition })
      }
      const apply = async (): Promise<void> => {
        if (commits.some(({ lease }) => lease instanceof KnownLease && !lease.inner.isLive)) throw refused()
        // What the cluster has received is applied: it does not hear of a caller that no longer waits.
        await member.commit(innerOf(commits), new AbortController().signal)
      }
      const lost = () => fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason: 'the connection was lost' })
      const committed = call('commit', apply, lost)
      await Promise.race([committed, aborted(signal, group)])
    },
    async endOffsets(leases, signal) {
      const ends = await call('log ends', () =>
        member.endOffsets(
          leases.map((lease) => (lease instanceof KnownLease ? lease.inner : lease)),
          signal,
        ),
      )
      return new Map(
        [...ends].flatMap(([lease, offset]) =>
          known.get(lease) === undefined ? [] : [[known.get(lease) as Lease, offset]],
        ),
      )
    },
    async leave() {
      if (leaving === 'no') leaving = 'under way'
      if (!isOut) await Promise.race([call('leave', () => member.leave()), out.promise])
      leaving = 'done'
      members.delete(expire)
    },
  }
}

const aborted = (signal: AbortSignal, group: string): Promise<never> =>
  new Promise((_resolve, reject) => {
    const refuse = (): void =>
      reject(fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason: 'its signal was aborted' }))
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })

const senderThrough = (inner: Sender, call: CallThrough): Sender => ({
  send: (record, signal) => call(`send to ${record.topic}`, () => inner.send(record, signal)),
  flush: (options) => call('flush', () => inner.flush(options)),
  close: (options) => call('close sender', () => inner.close(options)),
})

/** A producer that was fenced takes its id back with the next transaction, as the driver for kafkajs does. */
function transactionsThrough(
  first: TransactionalSender,
  reopen: () => Promise<TransactionalSender>,
  transactionalId: string,
  call: CallThrough,
): TransactionalSender {
  const aborted = () => fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId, reason: 'its signal was aborted' })
  let current: Promise<TransactionalSender> = Promise.resolve(first)
  let isFenced = false
  const producer = (): Promise<TransactionalSender> => {
    if (isFenced) current = reopen()
    isFenced = false
    return current
  }
  return {
    begin() {
      // The cluster hears of it with its first record or offset.
      let begun: Promise<Transaction> | undefined
      const transaction = (): Promise<Transaction> => (begun ??= producer().then((inner) => inner.begin()))
      return {
        send: (record) =>
          call(`send to ${record.topic} in a transaction`, async () => (await transaction()).send(record)),
        commit: (offsets, signal) =>
          call('commit of a transaction', async () => {
            const own = await transaction()
            if (signal?.aborted === true) {
              await own.abort()
              throw aborted()
            }
            try {
              await own.commit(offsets === undefined ? undefined : innerOf(offsets))
            } catch (error) {
              isFenced = error instanceof MillraceError && error.code === 'MILLRACE_TRANSACTION_FENCED'
              throw error
            }
          }),
        abort: () => call('abort', async () => (await begun)?.abort()),
      }
    },
    close: () => call('close transactions', async () => (await current).close()),
  }
}
