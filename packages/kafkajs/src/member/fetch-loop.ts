import {
  type Clock,
  type DriverEvent,
  fail,
  type Lease,
  type MemberOptions,
  type ReceivedBatch,
  type Timer,
} from '@millrace/core'
import { KafkaFault } from '../client/kafka-fault.js'
import type { Client } from '../client/open-client.js'
import { plainError } from '../client/plain-error.js'
import type { DecodeLimits } from '../wire/decode-limits.js'
import { decodePartition } from '../wire/decode-partition.js'
import type { FetchedPartition } from '../wire/decode-fetch-response.js'
import { fetchFromLeader } from './fetch-from-leader.js'
import type { FetchLines } from './fetch-lines.js'
import { fetchWaitMs, type MissingLease } from './fetch-wait.js'
import { groupByTopic, keyOf } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { isDefect } from './is-defect.js'
import { reasonOf } from './partition-fault.js'
import type { PartitionLease } from './partition-lease.js'
import { relocate } from './relocate.js'
import type { TopicIds } from './topic-ids.js'

export interface FetchParts {
  readonly client: Pick<Client, 'cluster' | 'drop'>
  readonly leaders: Leaders
  readonly topicIds: TopicIds
  readonly lines: FetchLines
  readonly group: string
  readonly options: Pick<MemberOptions, 'startFrom' | 'outOfRange' | 'maxBytesPerPartition'>
  readonly limits: DecodeLimits
  readonly clock: Clock
  onRecords(lease: Lease, batch: ReceivedBatch): void
  onEvent(event: DriverEvent): void
  /** Commits where a lease begins, before anything of it is handed over. */
  commitStart(lease: PartitionLease, offset: bigint): Promise<void>
  /** The log of a lease begins again below its position: only a new lease can go there. */
  onLogRestarted(lease: PartitionLease, offset: bigint): void
  /** The pipeline threw, which it must not: the records it was given may be lost to it. */
  onBroken(error: unknown): void
}

const MAX_ANSWER_BYTES = 10 * 1024 * 1024
const OFFSET_OUT_OF_RANGE = 1
const LEADER_NOT_AVAILABLE = 5
/** Codes of a partition that is on its way to another leader, being made, or being deleted. */
const MOVING_CODES: ReadonlySet<number> = new Set([3, 5, 6, 9, 56, 74, 75, 78])

/** What was asked of a lease: its answer counts only while nothing has moved it since. */
interface Asked {
  readonly lease: PartitionLease
  readonly era: number
  readonly offset: bigint
}

/**
 * Fetches for the leases of one generation: at most one request per broker at a time, each with all leases which that broker
 * leads and which have room. A failing partition is asked again by its own clock; the others go on.
 */
export class FetchLoop {
  readonly #leases: readonly PartitionLease[]
  readonly #parts: FetchParts
  readonly #busy = new Set<number>()
  readonly #over = new AbortController()
  #isPumpQueued = false
  #retry: Timer | undefined
  #isRefreshing = false

  constructor(leases: readonly PartitionLease[], parts: FetchParts) {
    this.#leases = leases
    this.#parts = parts
    for (const lease of leases) lease.whenRoom(() => this.#wake())
    this.#wake()
  }

  /** No batch is handed over after this returned. */
  stop(): void {
    this.#over.abort()
    this.#retry?.cancel()
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted
  }

  /** Leases that resume in one turn share one request. */
  #wake(): void {
    if (this.#isPumpQueued || this.#isOver) return
    this.#isPumpQueued = true
    queueMicrotask(() => {
      this.#isPumpQueued = false
      if (!this.#isOver) this.#pump()
    })
  }

  #pump(): void {
    const nowMs = this.#parts.clock.now()
    const byLeader = new Map<number, PartitionLease[]>()
    const suspects = new Map<number, PartitionLease[]>()
    for (const lease of this.#leases) {
      if (!lease.isOpen || lease.pausedAtMs !== undefined || lease.isLocating || !lease.health.isDue(nowMs)) continue
      const leader = this.#parts.leaders.leaderOf(lease)
      if (leader === undefined) this.#failed(lease, new KafkaFault(LEADER_NOT_AVAILABLE, keyOf(lease)), 'moving')
      else if (lease.position === undefined || lease.isReplaced) this.#locate(lease)
      else {
        const those = lease.isSuspect ? suspects : byLeader
        those.set(leader, [...(those.get(leader) ?? []), lease])
      }
    }
    for (const [leader, ready] of byLeader) if (!this.#busy.has(leader)) void this.#poll(leader, ready)
    for (const [leader, those] of suspects) void this.#identify(leader, those)
    this.#armRetry(nowMs)
  }

  /** Whether logs that failed are still the ones that their positions are in. */
  async #identify(leader: number, suspects: readonly PartitionLease[]): Promise<void> {
    for (const lease of suspects) lease.isLocating = true
    const topics = [...new Set(suspects.map(({ topic }) => topic))]
    try {
      const ids = await this.#parts.topicIds.ask(topics, this.#over.signal, leader)
      for (const lease of suspects) lease.see(ids.get(lease.topic))
    } catch (error) {
      for (const lease of suspects) this.#failed(lease, plainError(error), isDefect(error) ? 'broken' : 'moving')
    } finally {
      for (const lease of suspects) lease.isLocating = false
    }
    this.#wake()
  }

  async #poll(leader: number, ready: readonly PartitionLease[]): Promise<void> {
    const { client, clock, leaders, lines, options } = this.#parts
    const asked = ready.map((lease): Asked => ({ lease, era: lease.era, offset: lease.position ?? 0n }))
    // The first answer of a lease says where its log ends, records or not: nobody should wait for that.
    const isFirst = ready.some(({ handedEnd }) => handedEnd === undefined)
    const maxWaitMs = isFirst ? 0 : fetchWaitMs(this.#missing(leader, ready))
    const topics = groupByTopic(
      asked.map(({ lease, offset }) => ({ topic: lease.topic, partition: lease.partition, offset })),
      ({ partition, offset }) => ({ partition, fetchOffset: offset, maxBytes: options.maxBytesPerPartition }),
    )
    this.#busy.add(leader)
    try {
      const request = { maxWaitMs, minBytes: 1, maxBytes: MAX_ANSWER_BYTES, topics }
      const wanted = asked.map(({ lease }) => lease)
      const signal = this.#over.signal
      const answer = await fetchFromLeader({ client, clock, leaders, lines, leader, wanted, request, signal })
      if (answer.errorCode !== 0) throw new KafkaFault(answer.errorCode, `Fetch at broker ${leader}`)
      this.#take(asked, answer.partitions)
    } catch (error) {
      // A defect that looked like a moved leader would be no news for a second, and nobody's after that.
      const kind = isDefect(error) ? 'broken' : 'moving'
      for (const { lease } of asked) this.#failed(lease, plainError(error), kind)
    } finally {
      this.#busy.delete(leader)
      this.#wake()
    }
  }

  #take(asked: readonly Asked[], answers: readonly FetchedPartition[]): void {
    const byKey = new Map(asked.map((one) => [keyOf(one.lease), one]))
    for (const answer of answers) {
      const one = byKey.get(keyOf(answer))
      if (this.#isOver || one === undefined || !one.lease.isOpen || one.lease.era !== one.era) continue
      const { lease, offset } = one
      // Two leaders were asked for it, before and after it moved: the one that answers first counts.
      if (lease.position !== offset) continue
      if (answer.errorCode === 0) this.#handOver(lease, decodePartition(answer, offset, this.#parts.limits))
      else if (answer.errorCode === OFFSET_OUT_OF_RANGE) this.#locate(lease)
      else {
        const kind = MOVING_CODES.has(answer.errorCode) ? 'moving' : 'broken'
        this.#failed(lease, new KafkaFault(answer.errorCode, `fetching ${keyOf(lease)}`), kind)
      }
    }
  }

  #handOver(lease: PartitionLease, { fault, ...batch }: ReceivedBatch & { readonly fault?: Error }): void {
    const isNews =
      lease.handedEnd === undefined ||
      batch.records.length > 0 ||
      batch.nextOffset !== lease.position ||
      batch.endOffset !== lease.handedEnd
    lease.position = batch.nextOffset
    lease.handOver(batch.nextOffset)
    if (isNews) {
      lease.handedEnd = batch.endOffset
      try {
        this.#parts.onRecords(lease, batch)
      } catch (error) {
        this.#parts.onBroken(error)
        return
      }
    }
    if (fault !== undefined) this.#failed(lease, fault, 'broken')
    else if (lease.health.succeeded()) this.#parts.onEvent({ name: 'partition.recovered', ...this.#where(lease) })
  }

  #locate(lease: PartitionLease): void {
    lease.isLocating = true
    const relocating = relocate(lease, {
      ...this.#parts,
      signal: this.#over.signal,
      onOutOfRange: (_lease, from, to) =>
        this.#parts.onEvent({ name: 'partition.out-of-range', ...this.#where(lease), from, to }),
      handOver: (_lease, batch) => this.#handOver(lease, batch),
      failed: (_lease, cause, kind) => this.#failed(lease, cause, kind),
    })
    void relocating
      .catch((error: unknown) => this.#parts.onBroken(error))
      .finally(() => {
        lease.isLocating = false
        this.#wake()
      })
  }

  #failed(lease: PartitionLease, cause: Error, kind: 'moving' | 'broken'): void {
    if (this.#isOver || !lease.isOpen) return
    if (kind === 'moving') lease.isSuspect = true
    const isNews = lease.health.failed(this.#parts.clock.now(), kind)
    if (isNews) {
      const { topic, partition } = lease
      const reason = reasonOf(cause, lease.position)
      const error = fail('MILLRACE_DRIVER_PARTITION_FAILED', { topic, partition, reason }, { cause })
      this.#parts.onEvent({ name: 'partition.failed', ...this.#where(lease), error })
    }
    if (kind === 'moving') this.#refreshLeaders()
    this.#wake()
  }

  #refreshLeaders(): void {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    void this.#parts.leaders
      .refresh(this.#over.signal)
      // No broker answers: every partition that fails again asks again, at its own pace.
      .catch(() => undefined)
      .finally(() => {
        this.#isRefreshing = false
      })
  }

  #missing(leader: number, ready: readonly PartitionLease[]): MissingLease[] {
    const nowMs = this.#parts.clock.now()
    const isMissing = (lease: PartitionLease): boolean =>
      lease.isOpen && !ready.includes(lease) && this.#parts.leaders.leaderOf(lease) === leader
    return this.#leases.filter(isMissing).map(({ pausedAtMs, health }) => ({
      ...(pausedAtMs === undefined ? {} : { pausedForMs: nowMs - pausedAtMs }),
      ...(health.retryAtMs === undefined ? {} : { retryInMs: health.retryAtMs - nowMs }),
    }))
  }

  #armRetry(nowMs: number): void {
    this.#retry?.cancel()
    const due = this.#leases
      .filter(({ isOpen, pausedAtMs }) => isOpen && pausedAtMs === undefined)
      .map(({ health }) => health.retryAtMs ?? Number.POSITIVE_INFINITY)
      .filter((retryAtMs) => retryAtMs > nowMs)
    const next = Math.min(...due)
    this.#retry = Number.isFinite(next) ? this.#parts.clock.after(next - nowMs, () => this.#wake()) : undefined
  }

  #where({ topic, partition }: PartitionLease) {
    return { group: this.#parts.group, topic, partition }
  }
}
