import type { Clock, SenderOptions } from '@millrace/core'
import { encodeRecordBatch } from '../wire/encode-record-batch.js'
import type { Accumulator } from './accumulator.js'
import type { BatchEndings, PendingBatch, PendingQueue } from './batch-endings.js'
import type { BrokerLink, BrokerLinks } from './broker-links.js'
import type { ClusterTalk } from './cluster-talk.js'
import type { Outstanding, PendingRecord } from './outstanding.js'
import type { Problems } from './problems.js'
import { produceBatches, requestsOf } from './produce-batches.js'
import { claimSequence, giveSequenceBack, type ProducerIdentity } from './sequences.js'
import type { TransactionGate } from './transaction-gate.js'
import { partitionStateOf, topicStateOf, type TopicViews } from './topic-views.js'

export interface DispatcherParts {
  readonly accumulator: Accumulator<PendingRecord>
  readonly outstanding: Pick<Outstanding, 'isFlushing'>
  readonly views: TopicViews
  readonly talk: Pick<ClusterTalk, 'seekLink'>
  /** What new batches are numbered with. */
  readonly identity: () => ProducerIdentity | undefined
  /** Of a transactional sender. */
  readonly gate: TransactionGate | undefined
  readonly links: Pick<BrokerLinks, 'standing'>
  readonly endings: BatchEndings
  readonly problems: Problems
  readonly clock: Clock
  readonly options: Pick<SenderOptions, 'compression' | 'lingerMs'>
  /** How long a broker may wait for its replicas, ms. */
  readonly replicaTimeoutMs: number
  readonly onLeaderUnknown: () => void
  readonly wake: () => void
  readonly isStopped: () => boolean
}

/** Sends what can be sent: the first batch of each partition to its leader, all of one leader together. */
export class Dispatcher {
  readonly #parts: DispatcherParts
  /** Unanswered Produce requests by node. */
  readonly #requests = new Map<number, number>()

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  /** Returns when the next batch can be sent. */
  dispatch(now: number): number {
    const { gate } = this.#parts
    const identity = this.#parts.identity()
    const byLeader = new Map<number, PendingBatch[]>()
    let next = Number.POSITIVE_INFINITY
    for (const queue of this.#parts.accumulator.active) {
      const batch = queue.first
      if (batch === undefined || batch.isInAir) continue
      // Outside of a transaction what is numbered goes on under its old number; inside, nothing goes on without an identity.
      if ((batch.sent === undefined || gate !== undefined) && identity === undefined) continue
      if (batch.notBefore > now) {
        next = Math.min(next, batch.notBefore)
        continue
      }
      const leader = this.#leaderOf(queue, now)
      if (leader < 0) continue
      if (gate !== undefined && !gate.admits(queue.topic, queue.partition)) continue
      const others = byLeader.get(leader)
      if (others === undefined) byLeader.set(leader, [batch])
      else others.push(batch)
    }
    for (const [leader, batches] of byLeader) next = Math.min(next, this.#dispatchTo(leader, batches, now))
    return next
  }

  #dispatchTo(leader: number, batches: readonly PendingBatch[], now: number): number {
    const { links, talk, problems } = this.#parts
    const due = this.#dueTime(leader, batches)
    if (due > now) return due
    const link = links.standing(leader)
    if (link === undefined) {
      for (const { queue } of batches) queue.problem = problems.at(leader) ?? queue.problem
      return talk.seekLink(now, leader)
    }
    if (link.throttledUntil > now) {
      for (const { queue } of batches) queue.problem ??= new Error(`a quota of node ${leader} slows this client down`)
      return link.throttledUntil
    }
    const identity = this.#parts.identity()
    for (const request of requestsOf(batches.filter((batch) => this.#isNumbered(batch, identity, now)))) {
      void this.#transmit(link, leader, request)
    }
    return Number.POSITIVE_INFINITY
  }

  /** When a leader's batches may go: all of them as soon as one of them is due. */
  #dueTime(leader: number, batches: readonly PendingBatch[]): number {
    const { outstanding, options } = this.#parts
    if (outstanding.isFlushing || !this.#requests.has(leader)) return 0
    let due = Number.POSITIVE_INFINITY
    for (const { isClosed, openedAt } of batches) due = Math.min(due, isClosed ? 0 : openedAt + options.lingerMs)
    return due
  }

  /** The node to send to; -1 when there is none now, which asks for metadata. */
  #leaderOf(queue: PendingQueue, now: number): number {
    const { topic, partition } = queue
    const view = this.#parts.views.known(topic)
    const leader = view?.leaders[partition] ?? -1
    if (leader < 0) this.#parts.onLeaderUnknown()
    if (view === undefined || partition < view.leaders.length) {
      queue.missingSince = undefined
      if (leader < 0) queue.problem ??= new Error(`${topic}[${partition}] has no leader`)
      return leader
    }
    // The topic was deleted, perhaps made again with fewer partitions. What waits for it uses it: it is asked about until that is known.
    view.lastUsedAt = now
    queue.missingSince ??= now
    const ofTopic = topicStateOf(view, queue.missingSince)
    const state = ofTopic.kind === 'usable' ? partitionStateOf(view, partition, queue.missingSince) : ofTopic
    if (state.kind === 'refuse') this.#parts.endings.refuseWaiting(queue, state.reason)
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
      const isTransactional = this.#parts.gate !== undefined
      batch.sent = { number, frame: encodeRecordBatch(records, { compression, producer, isTransactional }) }
      return true
    } catch (cause) {
      giveSequenceBack(queue.sequence, number)
      this.#parts.endings.unencodable(batch, cause, now)
      this.#parts.wake()
      return false
    }
  }

  async #transmit(link: BrokerLink, leader: number, batches: readonly PendingBatch[]): Promise<void> {
    const { clock, replicaTimeoutMs, gate, problems, endings, wake, isStopped } = this.#parts
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1)
    for (const batch of batches) {
      batch.isInAir = true
      batch.tries += 1
    }
    const settings = { timeoutMs: replicaTimeoutMs, transactionalId: gate?.transactionalId }
    const answer = await produceBatches(link, batches, settings).catch((error: unknown) => ({ error }))
    const left = (this.#requests.get(leader) ?? 1) - 1
    if (left > 0) this.#requests.set(leader, left)
    else this.#requests.delete(leader)
    if (isStopped()) return
    const now = clock.now()
    if ('error' in answer) {
      const problem = problems.seen(answer.error, `produce to node ${leader}`, leader)
      for (const batch of batches) endings.lost(batch, now, problem)
    } else {
      problems.answered(leader, link.throttledUntil - now)
      for (const batch of batches) endings.answered(batch, answer.results.get(batch), now)
    }
    wake()
  }
}
