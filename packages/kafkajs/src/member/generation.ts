import { fail, type LeaseCommit, type Logger, type MemberEvents, type MemberOptions, systemClock } from '@millrace/core'
import { bounded } from '../client/bounded.js'
import { KafkaFault } from '../client/kafka-fault.js'
import type { Client } from '../client/open-client.js'
import type { DecodeLimits } from '../wire/decode-limits.js'
import type { Coordinator } from './coordinator.js'
import { drainLimitMs } from './drain-limit.js'
import { FetchLoop } from './fetch-loop.js'
import type { FetchLines } from './fetch-lines.js'
import { commitOffsets, keyOf, type Membership, type TopicPartition } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { PartitionLease } from './partition-lease.js'
import { readPositions } from './positions.js'
import type { TopicIds } from './topic-ids.js'

const START_COMMIT_LIMIT_MS = 5000

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
  readonly restarts: ReadonlyMap<string, bigint>
  /** Whether a partition was made while this member was at work. */
  readonly isNew: (wanted: TopicPartition) => boolean
  readonly log: Logger
  onLogRestarted(lease: PartitionLease, offset: bigint): void
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
    const { partitions, membership, events, options } = this.#parts
    const signal = this.#over.signal
    // The ids first: a topic that is replaced in between then looks replaced, and not known.
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    // Nobody tells: then nobody can say later that a topic is another one, and the offset alone decides.
    const ids = await this.#parts.topicIds.ask(topics, signal).catch(() => undefined)
    const starts = await readPositions(partitions, { ...this.#parts, startFrom: options.startFrom, signal })
    if (signal.aborted) return
    this.#leases = starts.map((start) => new PartitionLease({ ...start, epoch: membership.generation }))
    for (const lease of this.#leases) lease.topicId = ids?.get(lease.topic)
    await events.onAssigned(this.#leases, membership.generation)
    if (signal.aborted) return
    this.#fetching = new FetchLoop(this.#leases, {
      ...this.#parts,
      group: membership.group,
      clock: systemClock,
      commitStart: (lease, offset) => this.#commitStart(lease, offset),
      onRecords: (lease, batch) => events.onRecords(lease, batch),
      onEvent: (event) => events.onEvent(event),
    })
  }

  async #commitStart({ topic, partition }: PartitionLease, offset: bigint): Promise<void> {
    const { coordinator, membership } = this.#parts
    const limits = { limitMs: START_COMMIT_LIMIT_MS, signal: this.#over.signal }
    const [refused] = await commitOffsets(coordinator, membership, [{ topic, partition, offset }], limits)
    if (refused !== undefined) throw new KafkaFault(refused.code, `committing the start of ${keyOf(refused)}`)
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
      if (this.#leases.length > 0) await events.onRevoked(this.#leases, reason)
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
