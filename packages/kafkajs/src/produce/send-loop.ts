import type { Clock, DeliveryReport, Logger, OutgoingRecord, SenderOptions, Timer } from '@millrace/core'
import { encodeRecordBatch } from '../wire/encode-record-batch.js'
import { type Accumulator, createAccumulator } from './accumulator.js'
import { BatchEndings, type PendingBatch, type PendingQueue } from './batch-endings.js'
import type { BrokerLink, BrokerLinks } from './broker-links.js'
import { ClusterTalk } from './cluster-talk.js'
import { Outstanding, type PendingRecord } from './outstanding.js'
import { createPartitioner, type PartitionChooser } from './partitioner.js'
import { createPlacement, type Placement } from './placement.js'
import { produceBatches, requestsOf } from './produce-batches.js'
import { createSenderErrors, type SenderErrors } from './sender-errors.js'
import { claimSequence, giveSequenceBack, type ProducerIdentity } from './sequences.js'
import { createTopicViews, partitionStateOf, topicStateOf, type TopicViews } from './topic-views.js'

export interface SendLoopParts {
  readonly links: BrokerLinks
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  readonly options: SenderOptions
  readonly overrides: Readonly<Record<string, PartitionChooser>>
  /** How long a broker may wait for its replicas, ms. */
  readonly replicaTimeoutMs: number
}

/** Keeps encoding one batch from blocking the event loop, whatever its size in bytes. */
const MAX_BATCH_RECORDS = 10_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

/**
 * The sender's one loop. A record is tracked, finds room, is placed in the open batch of its partition, and leaves at the
 * end of the turn if its leader has nothing else of ours to answer; otherwise it waits for company until that answer, until
 * the batch is full, or for `lingerMs`. A broker works on one request per connection at a time, so sending earlier would
 * only queue there.
 *
 * Every change wakes the loop, which runs once at the end of the event loop's turn; one timer wakes it for whatever needs
 * time to pass. A turn expires what is due, sends what can be sent, then asks the cluster for what is missing.
 */
export class SendLoop {
  readonly #parts: SendLoopParts
  readonly #accumulator: Accumulator<PendingRecord>
  readonly #views: TopicViews = createTopicViews()
  readonly #errors: SenderErrors
  readonly #outstanding: Outstanding
  readonly #placement: Placement
  readonly #talk: ClusterTalk
  readonly #endings: BatchEndings
  /** Unanswered Produce requests by node. */
  readonly #requests = new Map<number, number>()
  #lastProblem: unknown
  #needsMetadata = false
  #isAwake = false
  #isStopped = false
  #timer: { readonly at: number; readonly handle: Timer } | undefined

  constructor(parts: SendLoopParts) {
    this.#parts = parts
    const { links, clock, logger, random, overrides, options } = parts
    const { maxBatchBytes, maxBufferedBytes, deliveryTimeoutMs } = options
    const accumulator = createAccumulator<PendingRecord>({ maxBatchBytes, maxBatchRecords: MAX_BATCH_RECORDS })
    const errors = createSenderErrors(deliveryTimeoutMs, () => this.#lastProblem)
    const accept = (pending: PendingRecord): void => {
      this.#placement.place(pending, clock.now())
      this.#wake()
    }
    const outstanding = new Outstanding({ clock, maxBufferedBytes, deliveryTimeoutMs, accept })
    const partitioner = createPartitioner({ overrides, random })
    const backoffMs = (tries: number): number =>
      Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.8 + 0.4 * random())
    const onStaleLeader = (): void => void (this.#needsMetadata = true)

    this.#accumulator = accumulator
    this.#errors = errors
    this.#outstanding = outstanding
    this.#placement = createPlacement({ accumulator, partitioner, views: this.#views, outstanding, errors })
    this.#talk = new ClusterTalk({
      links,
      views: this.#views,
      clock,
      backoffMs,
      wake: () => this.#wake(),
      onProblem: (error, doing) => this.#onProblem(error, doing),
      onUnreachable: onStaleLeader,
      onMetadata: () => this.#onMetadata(),
      onForbidden: (reason) => this.#refuseAll(reason),
    })
    this.#endings = new BatchEndings({
      accumulator,
      outstanding,
      errors,
      backoffMs,
      onStaleLeader,
      retire: (identity) => this.#talk.retire(identity),
      onFault: ({ queue: { topic, partition } }, reason) =>
        logger.warn({ topic, partition, reason }, 'producer id given up'),
    })
  }

  /** An aborted signal takes a record back as long as it waits for room; after that it runs its course. */
  send(record: OutgoingRecord, signal: AbortSignal | undefined): Promise<DeliveryReport> {
    return this.#outstanding.track(record, signal)
  }

  /** @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` */
  flush(timeoutMs: number | undefined): Promise<void> {
    const flushed = this.#outstanding.flush(timeoutMs)
    this.#wake()
    return flushed
  }

  /** Answers everything that is left and ends all connections. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#timer?.handle.cancel()
    for (const { first, partition } of this.#accumulator.active) {
      if (first === undefined || (!first.isInAir && !first.isInDoubt)) continue
      for (const entry of first.entries) {
        if (!entry.isSettled) this.#outstanding.refuse(entry, this.#errors.unknown(entry, partition))
      }
    }
    this.#outstanding.abandon(() => this.#errors.closed())
    this.#parts.links.close()
  }

  #wake(): void {
    if (this.#isAwake || this.#isStopped) return
    this.#isAwake = true
    void this.#parts.clock.yield().then(() => this.#turn())
  }

  #turn(): void {
    this.#isAwake = false
    if (this.#isStopped) return
    const now = this.#parts.clock.now()
    let next = this.#outstanding.expireWaiting(now, (pending) => this.#errors.timedOut(pending))
    next = Math.min(next, this.#placement.expire(now))
    for (const queue of this.#accumulator.active) next = Math.min(next, this.#endings.expire(queue, now))
    next = Math.min(next, this.#dispatch(now), this.#inquire(now))
    this.#setTimer(next, now)
  }

  #setTimer(at: number, now: number): void {
    // One that fires too early costs a turn; replacing it at every turn would cost more.
    const isEarlyEnough = this.#timer !== undefined && this.#timer.at <= at && this.#timer.at > now
    if (isEarlyEnough && this.#outstanding.count > 0) return
    this.#timer?.handle.cancel()
    this.#timer = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const fire = (): void => {
      this.#timer = undefined
      this.#wake()
    }
    this.#timer = { at, handle: this.#parts.clock.after(Math.max(1, at - now), fire) }
  }

  /** Sends what can be sent. Returns when the next batch can be. */
  #dispatch(now: number): number {
    const byLeader = new Map<number, PendingBatch[]>()
    let next = Number.POSITIVE_INFINITY
    for (const queue of this.#accumulator.active) {
      const batch = queue.first
      if (batch === undefined || batch.isInAir) continue
      if (batch.sent === undefined && this.#talk.identity === undefined) continue
      if (batch.notBefore > now) {
        next = Math.min(next, batch.notBefore)
        continue
      }
      const leader = this.#leaderOf(queue, now)
      if (leader < 0) continue
      const others = byLeader.get(leader)
      if (others === undefined) byLeader.set(leader, [batch])
      else others.push(batch)
    }
    for (const [leader, batches] of byLeader) next = Math.min(next, this.#dispatchTo(leader, batches, now))
    return next
  }

  #dispatchTo(leader: number, batches: readonly PendingBatch[], now: number): number {
    const due = this.#dueTime(leader, batches)
    if (due > now) return due
    const link = this.#parts.links.standing(leader)
    if (link === undefined) return this.#talk.seekLink(now, leader)
    const { identity } = this.#talk
    for (const request of requestsOf(batches.filter((batch) => this.#isNumbered(batch, identity, now)))) {
      void this.#transmit(link, leader, request)
    }
    return Number.POSITIVE_INFINITY
  }

  /** When a leader's batches may go: all of them as soon as one of them is due. */
  #dueTime(leader: number, batches: readonly PendingBatch[]): number {
    if (this.#outstanding.isFlushing || !this.#requests.has(leader)) return 0
    const { lingerMs } = this.#parts.options
    let due = Number.POSITIVE_INFINITY
    for (const { isClosed, openedAt } of batches) due = Math.min(due, isClosed ? 0 : openedAt + lingerMs)
    return due
  }

  /** The node to send to; -1 when there is none now, which asks for metadata. */
  #leaderOf(queue: PendingQueue, now: number): number {
    const { topic, partition } = queue
    const view = this.#views.known(topic)
    const leader = view?.leaders[partition] ?? -1
    if (leader < 0) this.#needsMetadata = true
    if (view === undefined || partition < view.leaders.length) {
      queue.missingSince = undefined
      return leader
    }
    // The topic was deleted, perhaps made again with fewer partitions.
    queue.missingSince ??= now
    const ofTopic = topicStateOf(view, queue.missingSince)
    const state = ofTopic.kind === 'usable' ? partitionStateOf(view, partition, queue.missingSince) : ofTopic
    if (state.kind === 'refuse') this.#endings.refuseWaiting(queue, state.reason)
    return -1
  }

  /** Fixes the bytes of a batch that goes out for the first time. */
  #isNumbered(batch: PendingBatch, identity: ProducerIdentity | undefined, now: number): boolean {
    if (batch.sent !== undefined) return true
    if (identity === undefined) return false
    batch.isClosed = true
    const { queue, entries } = batch
    const { compression } = this.#parts.options
    const number = claimSequence(queue.sequence, identity, entries.length)
    const producer = { ...identity, baseSequence: number.baseSequence }
    const records = entries.map(({ record }) => record)
    try {
      batch.sent = { number, frame: encodeRecordBatch(records, { compression, producer }) }
      return true
    } catch (cause) {
      giveSequenceBack(queue.sequence, number)
      this.#endings.unencodable(batch, cause, now)
      this.#wake()
      return false
    }
  }

  async #transmit(link: BrokerLink, leader: number, batches: readonly PendingBatch[]): Promise<void> {
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1)
    for (const batch of batches) {
      batch.isInAir = true
      batch.tries += 1
    }
    const { clock, replicaTimeoutMs } = this.#parts
    const answer = await produceBatches(link, batches, replicaTimeoutMs).catch((error: unknown) => {
      this.#onProblem(error, `produce to node ${leader}`)
      return undefined
    })
    const left = (this.#requests.get(leader) ?? 1) - 1
    if (left > 0) this.#requests.set(leader, left)
    else this.#requests.delete(leader)
    if (this.#isStopped) return
    if (answer !== undefined) this.#onAnswer()
    const now = clock.now()
    for (const batch of batches) {
      if (answer === undefined) this.#endings.lost(batch, now)
      else this.#endings.answered(batch, answer.get(batch), now)
    }
    this.#wake()
  }

  /** Asks the cluster for what is missing. Returns when to try again. */
  #inquire(now: number): number {
    let next = Number.POSITIVE_INFINITY
    if (this.#outstanding.count === 0) return next // an idle sender leaves the cluster alone
    const { active } = this.#accumulator
    if (active.size > 0 && this.#talk.identity === undefined) next = this.#talk.seekIdentity(now)
    const topics = [...this.#placement.waitingTopics()]
    if (!this.#needsMetadata && topics.length === 0 && !this.#views.isAging(now)) return next
    for (const { topic } of active) topics.push(topic)
    return Math.min(next, this.#talk.refresh(now, topics))
  }

  #onMetadata(): void {
    this.#needsMetadata = false
    this.#placement.placeWaiting(this.#parts.clock.now())
  }

  #refuseAll(reason: string): void {
    for (const queue of this.#accumulator.active) this.#endings.refuseWaiting(queue, reason)
  }

  #onProblem(error: unknown, doing: string): void {
    if (this.#isStopped) return
    if (this.#lastProblem === undefined) {
      this.#parts.logger.warn({ err: error, doing }, 'sending is interrupted; it is tried again')
    }
    this.#lastProblem = error
  }

  #onAnswer(): void {
    if (this.#lastProblem !== undefined) this.#parts.logger.info({}, 'sending works again')
    this.#lastProblem = undefined
  }
}
