import {
  fail,
  type Lease,
  type LeaseCommit,
  type Member,
  type MemberEvents,
  type MemberOptions,
  type ReceivedBatch,
} from '@millrace/core'
import { innerCommits, innerOf, KnownLease } from './known-lease.js'
import type { PortCalls } from './port-calls.js'

export interface SimulatedMemberParts extends Pick<PortCalls, 'call' | 'back'> {
  readonly options: MemberOptions
  /** The pipeline. */
  readonly events: MemberEvents
  /** In the name of the cluster: the driver's own member, which speaks to `told`. */
  readonly join: (told: MemberEvents) => Member
  readonly began: (generation: number) => void
  /** It is out of its group: nothing will be told any more. */
  readonly gone: (member: SimulatedMember) => void
}

/** A member as its process has it: what the group says reaches it over the network, and what it answers goes back the same way. */
export class SimulatedMember implements Member {
  readonly #parts: SimulatedMemberParts
  readonly #inner: Member
  readonly #known = new Map<Lease, KnownLease>()
  readonly #out = Promise.withResolvers<void>()
  #isOut = false
  #leaving: 'no' | 'under way' | 'done' = 'no'

  constructor(parts: SimulatedMemberParts) {
    this.#parts = parts
    this.#inner = parts.join({
      onAssigned: (leases, generation) => this.#assigned(leases, generation),
      onRevoked: (leases, reason) => this.#revoked(leases, reason),
      onRecords: (lease, batch) => this.#records(lease, batch),
      onEvent: (event) => parts.back(`<- ${event.name}`, () => parts.events.onEvent(event)),
      onFatal: (error) => {
        parts.gone(this)
        parts.back('<- died', () => this.#die(error))
      },
    })
  }

  async commit(commits: readonly LeaseCommit[], signal: AbortSignal): Promise<void> {
    const { call, options } = this.#parts
    const { group } = options
    const ended = commits.find(({ lease }) => !lease.isLive)?.lease
    if (ended !== undefined)
      throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: ended.topic, partition: ended.partition })
    const apply = async (): Promise<void> => {
      if (commits.some(({ lease }) => !innerOf(lease).isLive))
        throw fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group, reason: 'it is not a member with these leases' })
      // What the cluster has received is applied: it does not hear of a caller that no longer waits.
      await this.#inner.commit(innerCommits(commits), new AbortController().signal)
    }
    const failed = (reason: string) => fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason })
    const committed = call('commit', apply, () => failed('the connection was lost'))
    await Promise.race([committed, rejectedBy(signal, () => failed('its signal was aborted'))])
  }

  async endOffsets(leases: readonly Lease[], signal: AbortSignal): Promise<ReadonlyMap<Lease, bigint>> {
    const ends = await this.#parts.call('log ends', () => this.#inner.endOffsets(leases.map(innerOf), signal))
    return new Map(
      leases.flatMap((lease): [Lease, bigint][] => {
        const end = ends.get(innerOf(lease))
        return end === undefined ? [] : [[lease, end]]
      }),
    )
  }

  async leave(): Promise<void> {
    if (this.#leaving === 'no') this.#leaving = 'under way'
    if (!this.#isOut) await Promise.race([this.#parts.call('leave', () => this.#inner.leave()), this.#out.promise])
    this.#leaving = 'done'
    this.#parts.gone(this)
  }

  /** The group has not heard of it for a session. The process learns of that when it lives again. Returns what ends it there. */
  expire(): Promise<void> {
    const { back, events, options, gone } = this.#parts
    this.#isOut = true
    this.#out.resolve()
    gone(this)
    const lost = [...this.#known.values()]
    back('<- session expired', () => {
      if (this.#leaving === 'done') return
      void Promise.resolve(events.onRevoked(lost, { lost: true })).then(() => {
        this.#end(lost)
        this.#die(fail('MILLRACE_DRIVER_MEMBER_DIED', { group: options.group, reason: 'its session expired' }))
      })
    })
    return this.#inner.leave()
  }

  #assigned(leases: readonly Lease[], generation: number): Promise<void> {
    const { began, events } = this.#parts
    began(generation)
    const own = leases.map((lease) => new KnownLease(lease))
    for (const lease of own) this.#known.set(lease.inner, lease)
    return this.#tell('assigned', () => (this.#leaving === 'no' ? events.onAssigned(own, generation) : undefined))
  }

  #revoked(leases: readonly Lease[], reason: { readonly lost: boolean }): Promise<void> {
    const own = leases.flatMap((lease) => this.#known.get(lease) ?? [])
    return this.#tell('revoked', async () => {
      await this.#parts.events.onRevoked(own, reason)
      this.#end(own)
    })
  }

  #records(lease: Lease, batch: ReceivedBatch): void {
    const { back, events } = this.#parts
    const own = this.#known.get(lease)
    if (own === undefined || this.#isOut) return
    const { version } = own
    back(`<- records ${lease.topic}[${lease.partition}] to ${batch.nextOffset}`, () => {
      if (own.isLive && own.version === version) events.onRecords(own, batch)
    })
  }

  /** Tells the process, and waits until it has answered; a process that is out is waited for no longer. */
  #tell(label: string, act: () => Promise<void> | void): Promise<void> {
    const { back, call } = this.#parts
    if (this.#isOut) return Promise.resolve()
    const told = new Promise<void>((resolve) =>
      back(`<- ${label}`, () => {
        Promise.resolve()
          .then(() => (this.#leaving === 'done' ? undefined : act()))
          // A pipeline that rejects is a defect of its own, and the group goes on without its answer.
          .catch(() => undefined)
          .then(() => call(`${label} done`, () => Promise.resolve()))
          .then(resolve, resolve)
      }),
    )
    return Promise.race([told, this.#out.promise])
  }

  #end(leases: readonly KnownLease[]): void {
    for (const lease of leases) {
      lease.isLive = false
      this.#known.delete(lease.inner)
    }
  }

  #die(error: Error): void {
    if (this.#leaving === 'no') this.#parts.events.onFatal(error)
  }
}

const rejectedBy = (signal: AbortSignal, reason: () => Error): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(reason())
    else signal.addEventListener('abort', () => reject(reason()), { once: true })
  })
