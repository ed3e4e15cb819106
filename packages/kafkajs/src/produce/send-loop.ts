import type { Clock, DeliveryReport, Logger, MillraceError, OutgoingRecord, SenderOptions, Timer } from '@millrace/core'
import type { ExplainClosed } from '../client/explain-closed.js'
import { type Accumulator, createAccumulator } from './accumulator.js'
import { BatchEndings } from './batch-endings.js'
import type { BrokerLinks } from './broker-links.js'
import { ClusterTalk } from './cluster-talk.js'
import { Dispatcher } from './dispatcher.js'
import { Outstanding, type PendingRecord } from './outstanding.js'
import { createPartitioner, type PartitionChooser } from './partitioner.js'
import { createPlacement, type Placement } from './placement.js'
import { createProblems, type Problems } from './problems.js'
import { MAX_RECORD_BYTES } from './produce-batches.js'
import { createSenderErrors, type SenderErrors } from './sender-errors.js'
import type { TransactionGate } from './transaction-gate.js'
import { createTopicViews, type TopicViews } from './topic-views.js'

export interface SendLoopParts {
  readonly links: BrokerLinks
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  readonly options: SenderOptions
  readonly overrides: Readonly<Record<string, PartitionChooser>>
  /** How long a broker may wait for its replicas, ms. */
  readonly replicaTimeoutMs: number
  /** What a listener that closes our connections speaks. */
  readonly explainClosed?: ExplainClosed | undefined
  /** Makes every batch part of a transaction. */
  readonly gate?: TransactionGate
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
  readonly #problems: Problems
  readonly #errors: SenderErrors
  readonly #outstanding: Outstanding
  readonly #placement: Placement
  readonly #talk: ClusterTalk
  readonly #endings: BatchEndings
  readonly #dispatcher: Dispatcher
  #needsMetadata = false
  #isAwake = false
  #isStopped = false
  #dropping: PromiseWithResolvers<void> | undefined
  #timer: { readonly at: number; readonly handle: Timer } | undefined

  constructor(parts: SendLoopParts) {
    this.#parts = parts
    const { links, clock, logger, random, overrides, options, replicaTimeoutMs, gate } = parts
    const { maxBatchBytes, maxBufferedBytes, deliveryTimeoutMs, onFull } = options
    const accumulator = createAccumulator<PendingRecord>({ maxBatchBytes, maxBatchRecords: MAX_BATCH_RECORDS })
    const problems = createProblems(logger)
    this.#problems = problems
    const errors = createSenderErrors(deliveryTimeoutMs, () => problems.last)
    const accept = (pending: PendingRecord): void => {
      this.#placement.place(pending, clock.now())
      this.wake()
    }
    const judgeSize = sizeLimit(errors)
    const outstanding = new Outstanding({ clock, maxBufferedBytes, onFull, deliveryTimeoutMs, judgeSize, accept })
    const partitioner = createPartitioner({ overrides, random })
    const backoffMs = growingPauses(random)
    const onStaleLeader = (): void => this.#askForMetadata()

    this.#accumulator = accumulator
    this.#errors = errors
    this.#outstanding = outstanding
    this.#placement = createPlacement({ accumulator, partitioner, views: this.#views, outstanding, errors })
    this.#talk = this.#createTalk(backoffMs)
    this.#endings = new BatchEndings({
      accumulator,
      outstanding,
      errors,
      backoffMs,
      onStaleLeader,
      isTransactional: gate !== undefined,
      retire: (identity, code) => (gate === undefined ? this.#talk.retire(identity) : gate.retire(identity, code)),
      onFault: ({ queue: { topic, partition } }, reason) =>
        logger.warn({ topic, partition, reason }, 'producer id given up'),
    })
    this.#dispatcher = new Dispatcher({
      accumulator,
      outstanding,
      views: this.#views,
      talk: this.#talk,
      identity: () => (gate ?? this.#talk).identity,
      gate,
      links,
      endings: this.#endings,
      problems,
      clock,
      options,
      replicaTimeoutMs,
      onLeaderUnknown: onStaleLeader,
      wake: () => this.wake(),
      isStopped: () => this.#isStopped,
    })
  }

  /** An aborted signal takes a record back as long as it waits for room; after that it runs its course. */
  send(record: OutgoingRecord, signal: AbortSignal | undefined): Promise<DeliveryReport> {
    return this.#outstanding.track(record, signal)
  }

  /** @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` */
  flush(timeoutMs: number | undefined): Promise<void> {
    const flushed = this.#outstanding.flush(timeoutMs)
    this.wake()
    return flushed
  }

  /**
   * Rejects everything and forgets it. Resolves when nothing of it is in the air any more; what may be stored all the same has
   * retired its identity by then.
   */
  drop(error: MillraceError): Promise<void> {
    this.#rejectAll(error)
    if (this.#isStopped) return Promise.resolve()
    this.#dropping ??= Promise.withResolvers<void>()
    this.wake()
    return this.#dropping.promise
  }

  /** Rejects what waits to be sent to this partition. */
  refuse(topic: string, partition: number, reason: string): void {
    for (const queue of this.#accumulator.active) {
      if (queue.topic === topic && queue.partition === partition) this.#endings.refuseWaiting(queue, reason)
    }
  }

  /** What is known of the topics in use is out of date. */
  refresh(): void {
    this.#askForMetadata()
    this.wake()
  }

  /** Something has changed: runs a turn. */
  wake(): void {
    if (this.#isAwake || this.#isStopped) return
    this.#isAwake = true
    void this.#parts.clock.yield().then(() => this.#turn())
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
    this.#dropping?.resolve()
    this.#parts.links.close()
  }

  #createTalk(backoffMs: (tries: number) => number): ClusterTalk {
    const { links, clock, explainClosed } = this.#parts
    return new ClusterTalk({
      links,
      explainClosed,
      views: this.#views,
      clock,
      backoffMs,
      wake: () => this.wake(),
      onProblem: (error, doing, node) => {
        if (!this.#isStopped) this.#problems.seen(error, doing, node)
      },
      onSuccess: (doing) => this.#problems.succeeded(doing),
      onUnreachable: () => this.#askForMetadata(),
      onMetadata: () => this.#onMetadata(),
      onForbidden: (reason) => this.#refuseAll(reason),
      // Nothing was ever sent then: what there is waits for room or for metadata.
      onRefused: (error) => this.#rejectAll(error),
    })
  }

  #turn(): void {
    this.#isAwake = false
    if (this.#isStopped) return
    const now = this.#parts.clock.now()
    let next = this.#outstanding.expireWaiting(now, (pending) => this.#errors.timedOut(pending))
    next = Math.min(next, this.#placement.expire(now))
    for (const queue of this.#accumulator.active) next = Math.min(next, this.#endings.expire(queue, now))
    if (this.#dropping !== undefined) return this.#dropRest(this.#dropping)
    next = Math.min(next, this.#dispatcher.dispatch(now), this.#inquire(now))
    this.#parts.gate?.askForMissing()
    this.#setTimer(next, now)
  }

  /** What is in the air wakes the loop with its answer. */
  #dropRest(dropping: PromiseWithResolvers<void>): void {
    for (const queue of this.#accumulator.active) this.#endings.drop(queue)
    if (this.#accumulator.active.size > 0) return
    this.#dropping = undefined
    dropping.resolve()
    this.wake()
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
      this.wake()
    }
    this.#timer = { at, handle: this.#parts.clock.after(Math.max(1, at - now), fire) }
  }

  /** Asks the cluster for what is missing. Returns when to try again. */
  #inquire(now: number): number {
    let next = Number.POSITIVE_INFINITY
    if (this.#outstanding.count === 0) return next // an idle sender leaves the cluster alone
    const { active } = this.#accumulator
    const isWithoutId = this.#parts.gate === undefined && this.#talk.identity === undefined
    if (active.size > 0 && isWithoutId) next = this.#talk.seekIdentity(now)
    const topics = [...this.#placement.waitingTopics()]
    if (!this.#needsMetadata && topics.length === 0 && !this.#views.isAging(now)) return next
    for (const { topic } of active) topics.push(topic)
    return Math.min(next, this.#talk.refresh(now, topics))
  }

  #askForMetadata(): void {
    this.#needsMetadata = true
  }

  #onMetadata(): void {
    this.#needsMetadata = false
    const leaders = this.#views.leaders()
    // A partition without a leader may have had one that is away: that trouble is not over.
    if (!leaders.has(-1)) this.#problems.keepNodes(leaders)
    this.#placement.placeWaiting(this.#parts.clock.now())
  }

  #refuseAll(reason: string): void {
    for (const queue of this.#accumulator.active) this.#endings.refuseWaiting(queue, reason)
  }

  #rejectAll(error: MillraceError): void {
    this.#outstanding.abandon(() => error)
    this.#placement.drop()
  }
}

const growingPauses =
  (random: () => number) =>
  (tries: number): number =>
    Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.8 + 0.4 * random())

const sizeLimit =
  (errors: SenderErrors) =>
  (outgoing: OutgoingRecord, bytes: number): MillraceError | undefined =>
    bytes > MAX_RECORD_BYTES ? errors.tooLarge({ outgoing }, { bytes, limit: MAX_RECORD_BYTES }) : undefined
