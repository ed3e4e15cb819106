import { fail, type LeaseCommit, type Logger, type MemberEvents, type MemberOptions, systemClock } from '@millrace/core'
import { bounded } from '../client/bounded.js'
import type { Client } from '../client/open-client.js'
import { plainError } from '../client/plain-error.js'
import type { DecodeLimits } from '../wire/decode-limits.js'
import { commitStarts } from './commit-starts.js'
import type { Coordinator } from './coordinator.js'
import { drainLimitMs } from './drain-limit.js'
import { FetchLoop } from './fetch-loop.js'
import type { FetchLines } from './fetch-lines.js'
import { keyOf, type Membership, type TopicPartition } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { PartitionLease } from './partition-lease.js'
import { readPositions } from './positions.js'
import type { TopicIds } from './topic-ids.js'

/** What the next lease of a partition has to know, as long as it is the same member's. */
export interface LeftBehind {
  /** Of the topic that the position was in. */
  readonly topicId: string | undefined
  /** Where its log began again, which the group has not been told. */
  readonly restart: bigint | undefined
}

export interface GenerationParts {
  readonly client: Client
  readonly coordinator: Coordinator
  readonly leaders: Leaders
  readonly topicIds: TopicIds
  readonly lines: FetchLines
  readonly membership: Membership
  readonly partitions: readonly TopicPartition[]
  readonly options: MemberOptions
  readonly limits: DecodeLimits
  readonly events: MemberEvents
  /** By the generation before, by `keyOf`. */
  readonly leftBehind: ReadonlyMap<string, LeftBehind>
  /** Whether a partition was made while this member was at work. */
  readonly isNew: (wanted: TopicPartition) => boolean
  readonly log: Logger
  /** Before anybody else has them. */
  onLeases(leases: readonly PartitionLease[]): void
  /** The log of a lease began again, and the lease has ended: only a new one can go there. */
  onLogRestarted(): void
  onBroken(error: unknown): void
}

/** What one member owns in one generation: its leases, from the first look at their offsets to the last commit. */
export class Generation {
  readonly membership: Membership
  readonly #parts: GenerationParts
  readonly #over = new AbortController()
  #leases: readonly PartitionLease[] = []
  #fetching: FetchLoop | undefined
  #beginning: Promise<void> = Promise.resolve()
  #ending: Promise<void> | undefined

  constructor(parts: GenerationParts) {
    this.#parts = parts
    this.membership = parts.membership
  }

  /** Reads the positions, tells the pipeline, starts to fetch. Rejects when the group's offsets can't be read, or the pipeline threw. */
  begin(): Promise<void> {
    this.#beginning = this.#begin().catch((error: unknown) => {
      // A generation that ended while it began has broken off its own waits.
      if (!this.#over.signal.aborted) throw error
    })
    return this.#beginning
  }

  async #begin(): Promise<void> {
    const { partitions, membership, events, options, log } = this.#parts
    const signal = this.#over.signal
    // The ids first: a topic that is replaced in between then looks replaced, and not known.
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const ids = await this.#parts.topicIds.ask(topics, signal).catch((error: unknown) => {
      if (!signal.aborted)
        log.warn({ group: options.group, err: plainError(error) }, 'no broker tells the ids of topics')
      return undefined
    })
    const { leftBehind } = this.#parts
    const restarts = new Map(
      [...leftBehind].flatMap(([key, { restart }]) => (restart === undefined ? [] : [[key, restart]])),
    )
    const starts = await readPositions(partitions, { ...this.#parts, restarts, startFrom: options.startFrom, signal })
    if (signal.aborted) return
    this.#leases = starts.map((start) => new PartitionLease({ ...start, epoch: membership.generation }))
    for (const lease of this.#leases) {
      lease.topicId = leftBehind.get(keyOf(lease))?.topicId
      // Where nobody tells, it is asked again before the first fetch.
      if (ids === undefined) lease.isSuspect = true
      else lease.see(ids.get(lease.topic))
    }
    this.#parts.onLeases(this.#leases)
    await events.onAssigned(this.#leases, membership.generation)
    if (signal.aborted) return
    this.#fetching = new FetchLoop(this.#leases, {
      ...this.#parts,
      group: membership.group,
      clock: systemClock,
      onLogRestarted: (lease, offset) => {
        lease.restart = offset
        lease.end()
        this.#parts.onLogRestarted()
      },
      commitStart: (lease, offset) => this.#commitStart(lease, offset),
      onRecords: (lease, batch) => events.onRecords(lease, batch),
      onEvent: (event) => events.onEvent(event),
    })
  }

  async #commitStart({ topic, partition }: PartitionLease, offset: bigint): Promise<void> {
    const [error] = (
      await commitStarts([{ topic, partition, offset }], { ...this.#parts, signal: this.#over.signal })
    ).values()
    if (error !== undefined) throw error
  }

  /** What the next generation of this member goes by. */
  get leftBehind(): ReadonlyMap<string, LeftBehind> {
    const { partitions, leftBehind } = this.#parts
    // It ended before it had a lease. Of a partition that went to another member, what is known here is out of date.
    if (this.#leases.length === 0) {
      const isHeld = new Set(partitions.map(keyOf))
      return new Map([...leftBehind].filter(([key]) => isHeld.has(key)))
    }
    return new Map(this.#leases.map((lease) => [keyOf(lease), { topicId: lease.topicId, restart: lease.restart }]))
  }

  /** Ends every lease now: the group has taken them away. */
  fence(): void {
    this.#fetching?.stop()
    for (const lease of this.#leases) lease.end()
  }

  /**
   * Stops fetching, lets the pipeline finish and commit, then ends the leases. Bounded by `drainLimitMs`; a second call
   * waits for the first. Never rejects.
   */
  end(reason: { readonly lost: boolean }): Promise<void> {
    if (reason.lost) this.fence()
    this.#ending ??= this.#end(reason)
    return this.#ending
  }

  async #end(reason: { readonly lost: boolean }): Promise<void> {
    const { events, options, log } = this.#parts
    this.#over.abort()
    this.#fetching?.stop()
    for (const lease of this.#leases) lease.drain()
    const draining = async (): Promise<void> => {
      // Assigned before revoked, whatever became of the assignment: a failure of it is reported where it was awaited.
      await this.#beginning.catch(() => undefined)
      for (const lease of this.#leases) lease.drain()
      // A lease that ended by itself takes nobody's work with it: the others finish and commit.
      const isLost = (lease: PartitionLease): boolean => reason.lost || !lease.isLive
      const [lost, held] = [this.#leases.filter(isLost), this.#leases.filter((lease) => !isLost(lease))]
      if (lost.length > 0) await events.onRevoked(lost, { lost: true })
      if (held.length > 0) await events.onRevoked(held, { lost: false })
    }
    try {
      await bounded(draining(), 'the drain of the revoked leases', drainLimitMs(options))
    } catch (error) {
      log.warn({ group: options.group, err: error }, 'the drain did not finish; its uncommitted records are read again')
    } finally {
      this.fence()
    }
  }

  /**
   * @throws MillraceError `MILLRACE_DRIVER_LEASE_ENDED` when a lease has ended or is not of this generation,
   * `MILLRACE_DRIVER_COMMIT_REFUSED` for an offset beyond what was handed over: the broker would take it, and skip records.
   */
  assertHolds(commits: readonly LeaseCommit[]): void {
    for (const { lease, offset } of commits) {
      const held = this.#leases.find((one) => one === lease)
      if (!lease.isLive || held === undefined) {
        throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: lease.topic, partition: lease.partition })
      }
      if (offset > held.handedTo) {
        const reason = `offset ${offset} of ${keyOf(lease)} is beyond ${held.handedTo}, where what was handed over ends`
        throw fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group: this.membership.group, reason })
      }
    }
  }
}
