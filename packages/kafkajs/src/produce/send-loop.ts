import type { Clock, DeliveryReport, Logger, OutgoingRecord, SenderOptions, Timer } from '@millrace/core'
import { encodeRecordBatch } from '../wire/encode-record-batch.js'
import { createAccumulator } from './accumulator.js'
import { createBatchEndings, type PendingBatch, type PendingQueue } from './batch-endings.js'
import type { BrokerLink, BrokerLinks } from './broker-links.js'
import { createClusterTalk } from './cluster-talk.js'
import { createOutstanding, type PendingRecord } from './outstanding.js'
import { createPartitioner, type PartitionChooser } from './partitioner.js'
import { createPlacement } from './placement.js'
import { produceBatches, requestsOf } from './produce-batches.js'
import { createSenderErrors } from './sender-errors.js'
import { claimSequence, giveSequenceBack, type ProducerIdentity } from './sequences.js'
import { createTopicViews, partitionStateOf, topicStateOf } from './topic-views.js'

/**
 * The sender's one loop. A record is tracked, finds room, is placed in the open batch of its partition, and leaves at the
 * end of the turn if its leader has nothing else of ours to answer; otherwise it waits for company until that answer, until
 * the batch is full, or for `lingerMs`. A broker works on one request per connection at a time, so sending earlier would only queue there.
 *
 * Every change calls `wake`, which runs `turn` once at the end of the event loop's turn; one timer runs it for whatever needs
 * time to pass. `turn` expires what is due, then sends what can be sent, then asks the cluster for what is missing.
 */
export interface SendLoop {
  send(record: OutgoingRecord, signal: AbortSignal | undefined): Promise<DeliveryReport>
  flush(timeoutMs: number | undefined): Promise<void>
  /** Answers everything that is left and ends all connections. */
  stop(): void
}

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

export function createSendLoop(parts: SendLoopParts): SendLoop {
  const { links, clock, logger, random, options } = parts
  const { lingerMs, maxBatchBytes, maxBufferedBytes, deliveryTimeoutMs, compression } = options
  const requests = new Map<number, number>() // unanswered ones by node
  let lastProblem: unknown
  let needsMetadata = false
  let isAwake = false
  let isStopped = false
  let timer: { readonly at: number; readonly handle: Timer } | undefined

  const backoffMs = (tries: number): number =>
    Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.8 + 0.4 * random())
  const onStaleLeader = (): void => void (needsMetadata = true)

  const accumulator = createAccumulator<PendingRecord>({ maxBatchBytes, maxBatchRecords: MAX_BATCH_RECORDS })
  const views = createTopicViews()
  const errors = createSenderErrors(deliveryTimeoutMs, () => lastProblem)
  const outstanding = createOutstanding({
    clock,
    maxBufferedBytes,
    deliveryTimeoutMs,
    accept(pending) {
      placement.place(pending, clock.now())
      wake()
    },
  })
  const partitioner = createPartitioner({ overrides: parts.overrides, random })
  const placement = createPlacement({ accumulator, partitioner, views, outstanding, errors })
  const talk = createClusterTalk({
    links,
    views,
    clock,
    wake,
    backoffMs,
    onProblem,
    onUnreachable: onStaleLeader,
    onMetadata() {
      needsMetadata = false
      placement.placeWaiting(clock.now())
    },
    onForbidden(reason) {
      for (const queue of accumulator.active) endings.refuseWaiting(queue, reason)
    },
  })
  const endings = createBatchEndings({
    accumulator,
    outstanding,
    errors,
    retire: (identity) => talk.retire(identity),
    onStaleLeader,
    backoffMs,
    onFault: ({ queue: { topic, partition } }, reason) =>
      logger.warn({ topic, partition, reason }, 'producer id given up'),
  })

  function onProblem(error: unknown, doing: string): void {
    if (isStopped) return
    if (lastProblem === undefined) logger.warn({ err: error, doing }, 'sending is interrupted; it is tried again')
    lastProblem = error
  }

  function wake(): void {
    if (isAwake || isStopped) return
    isAwake = true
    void clock.yield().then(turn)
  }

  function turn(): void {
    isAwake = false
    if (isStopped) return
    const now = clock.now()
    let next = Math.min(outstanding.expireWaiting(now, errors.timedOut), placement.expire(now))
    for (const queue of accumulator.active) next = Math.min(next, endings.expire(queue, now))
    next = Math.min(next, dispatch(now), inquire(now))
    setTimer(next, now)
  }

  function setTimer(at: number, now: number): void {
    // One that fires too early costs a turn; replacing it at every turn would cost more.
    if (timer !== undefined && timer.at <= at && timer.at > now) {
      if (outstanding.count > 0) return
    }
    timer?.handle.cancel()
    timer = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const fire = (): void => {
      timer = undefined
      wake()
    }
    timer = { at, handle: clock.after(Math.max(1, at - now), fire) }
  }

  /** Asks the cluster for what is missing. Returns when to try again. */
  function inquire(now: number): number {
    let next = Number.POSITIVE_INFINITY
    if (outstanding.count === 0) return next // an idle sender leaves the cluster alone
    if (accumulator.active.size > 0 && talk.identity === undefined) next = talk.seekIdentity(now)
    const waiting = [...placement.waitingTopics()]
    if (!needsMetadata && waiting.length === 0 && !views.isAging(now)) return next
    for (const { topic } of accumulator.active) waiting.push(topic)
    return Math.min(next, talk.refresh(now, waiting))
  }

  /** Sends what can be sent. Returns when the next batch can be. */
  function dispatch(now: number): number {
    const byLeader = new Map<number, PendingBatch[]>()
    let next = Number.POSITIVE_INFINITY
    for (const queue of accumulator.active) {
      const batch = queue.first
      if (batch === undefined || batch.isInAir) continue
      if (batch.sent === undefined && talk.identity === undefined) continue
      if (batch.notBefore > now) {
        next = Math.min(next, batch.notBefore)
        continue
      }
      const leader = leaderOf(queue, now)
      if (leader < 0) continue
      const others = byLeader.get(leader)
      if (others === undefined) byLeader.set(leader, [batch])
      else others.push(batch)
    }
    for (const [leader, batches] of byLeader) next = Math.min(next, dispatchTo(leader, batches, now))
    return next
  }

  function dispatchTo(leader: number, batches: readonly PendingBatch[], now: number): number {
    const due = dueTime(leader, batches)
    if (due > now) return due
    const link = links.standing(leader)
    if (link === undefined) return talk.seekLink(now, leader)
    const { identity } = talk
    for (const request of requestsOf(batches.filter((batch) => isNumbered(batch, identity, now)))) {
      void transmit(link, leader, request)
    }
    return Number.POSITIVE_INFINITY
  }

  /** When a leader's batches may go: all of them as soon as one of them is due. */
  function dueTime(leader: number, batches: readonly PendingBatch[]): number {
    if (outstanding.isFlushing || !requests.has(leader)) return 0
    let due = Number.POSITIVE_INFINITY
    for (const { isClosed, openedAt } of batches) due = Math.min(due, isClosed ? 0 : openedAt + lingerMs)
    return due
  }

  /** The node to send to; -1 when there is none now, which asks for metadata. */
  function leaderOf(queue: PendingQueue, now: number): number {
    const { topic, partition } = queue
    const view = views.known(topic)
    const leader = view?.leaders[partition] ?? -1
    if (leader < 0) needsMetadata = true
    if (view === undefined || partition < view.leaders.length) {
      queue.missingSince = undefined
      return leader
    }
    // The topic was deleted, perhaps made again with fewer partitions.
    queue.missingSince ??= now
    const ofTopic = topicStateOf(view, queue.missingSince)
    const state = ofTopic.kind === 'usable' ? partitionStateOf(view, partition, queue.missingSince) : ofTopic
    if (state.kind === 'refuse') endings.refuseWaiting(queue, state.reason)
    return -1
  }

  /** Fixes the bytes of a batch that goes out for the first time. */
  function isNumbered(batch: PendingBatch, identity: ProducerIdentity | undefined, now: number): boolean {
    if (batch.sent !== undefined) return true
    if (identity === undefined) return false
    batch.isClosed = true
    const { queue, entries } = batch
    const number = claimSequence(queue.sequence, identity, entries.length)
    const producer = { ...identity, baseSequence: number.baseSequence }
    try {
      const frame = encodeRecordBatch(
        entries.map(({ record }) => record),
        { compression, producer },
      )
      batch.sent = { number, frame }
      return true
    } catch (cause) {
      giveSequenceBack(queue.sequence, number)
      endings.unencodable(batch, cause, now)
      wake()
      return false
    }
  }

  async function transmit(link: BrokerLink, leader: number, batches: readonly PendingBatch[]): Promise<void> {
    requests.set(leader, (requests.get(leader) ?? 0) + 1)
    for (const batch of batches) {
      batch.isInAir = true
      batch.tries += 1
    }
    const answer = await produceBatches(link, batches, parts.replicaTimeoutMs).catch((error: unknown) => {
      onProblem(error, `produce to node ${leader}`)
      return undefined
    })
    const left = (requests.get(leader) ?? 1) - 1
    if (left > 0) requests.set(leader, left)
    else requests.delete(leader)
    if (isStopped) return
    if (answer !== undefined) recovered()
    const now = clock.now()
    for (const batch of batches) {
      if (answer === undefined) endings.lost(batch, now)
      else endings.answered(batch, answer.get(batch), now)
    }
    wake()
  }

  function recovered(): void {
    if (lastProblem !== undefined) logger.info({}, 'sending works again')
    lastProblem = undefined
  }

  return {
    send: (record, signal) => outstanding.track(record, signal),
    flush(timeoutMs) {
      const flushed = outstanding.flush(timeoutMs)
      wake()
      return flushed
    },
    stop() {
      if (isStopped) return
      isStopped = true
      timer?.handle.cancel()
      for (const { first, partition } of accumulator.active) {
        if (first === undefined || (!first.isInAir && !first.isInDoubt)) continue
        for (const entry of first.entries)
          if (!entry.isSettled) outstanding.refuse(entry, errors.unknown(entry, partition))
      }
      outstanding.abandon(errors.closed)
      links.close()
    },
  }
}
