import type { Accumulator, Batch, PartitionQueue } from './accumulator.js'
import type { Outstanding, PendingRecord } from './outstanding.js'
import { judgeBatch } from './produce-errors.js'
import type { SenderErrors } from './sender-errors.js'
import { giveSequenceBack, type ProducerIdentity } from './sequences.js'
import type { ProducedPartition } from '../wire/decode-produce-response.js'

export type PendingBatch = Batch<PendingRecord>
export type PendingQueue = PartitionQueue<PendingRecord>

export interface BatchEndingsParts {
  readonly accumulator: Accumulator<PendingRecord>
  readonly outstanding: Outstanding
  readonly errors: SenderErrors
  /** Nothing new may be numbered with it. `code`: what a leader said to it, where one did. */
  readonly retire: (identity: ProducerIdentity, code?: number) => void
  /** A batch belongs to one transaction, and with it to one identity: it is never numbered anew under another. */
  readonly isTransactional: boolean
  readonly onStaleLeader: () => void
  readonly onFault: (batch: PendingBatch, reason: string) => void
  /** How long to wait before the next try, ms. */
  readonly backoffMs: (tries: number) => number
}

/**
 * Every way in which a batch or a record of it comes to its end. A batch whose outcome is unknown keeps its bytes and its
 * place until its last record is due; only then is it given up, and with it the producer id, because no other batch may
 * ever use its sequence (K25). A record of it that is due earlier is told `unknown` at its own time.
 */
export class BatchEndings {
  readonly #parts: BatchEndingsParts

  constructor(parts: BatchEndingsParts) {
    this.#parts = parts
  }

  /** The leader answered for this batch; undefined when the answer did not name it. */
  answered(batch: PendingBatch, result: ProducedPartition | undefined, now: number): void {
    if (result === undefined) return this.lost(batch, now, new Error('the answer does not name the partition'))
    batch.isInAir = false
    const { queue, isInDoubt, entries } = batch
    const { accumulator, errors, onStaleLeader, onFault } = this.#parts
    const verdict = judgeBatch(result.errorCode, { records: entries.length, isInDoubt })
    switch (verdict.kind) {
      case 'stored':
        return this.#acknowledge(batch, result)
      case 'repeat':
        batch.isInDoubt = verdict.isInDoubt
        queue.problem = answeredWith(queue, verdict.reason)
        if (verdict.isStaleLeader) onStaleLeader()
        return this.#repeat(batch, now)
      case 'split':
        unnumber(batch)
        return accumulator.splitFirst(queue, now)
      case 'renumber':
        if (this.#parts.isTransactional) return this.#failForGood(batch, verdict.reason, result.errorCode)
        onFault(batch, `${verdict.reason}: the batch goes on under a new producer id`)
        queue.problem = answeredWith(queue, verdict.reason)
        return this.#renumber(batch, now)
      case 'refused':
        unnumber(batch)
        this.#rejectAll(batch, (entry) => errors.refused(entry, verdict.reason, queue.partition))
        return accumulator.removeFirst(queue)
      case 'too-large':
        return this.#refuseTooLarge(batch)
      case 'record-invalid':
        unnumber(batch)
        this.#rejectAll(batch, (entry) => errors.invalid(entry, verdict.reason, queue.partition))
        return accumulator.removeFirst(queue)
      case 'unknown':
        queue.problem = answeredWith(queue, verdict.reason)
        onFault(batch, `${verdict.reason} after a try whose answer was lost; its records are reported as unknown`)
        return this.#giveUp(batch, result.errorCode)
    }
  }

  /** The request was lost: the outcome is unknown. */
  lost(batch: PendingBatch, now: number, problem: Error): void {
    batch.queue.problem = problem
    batch.isInAir = false
    batch.isInDoubt = true
    this.#parts.onStaleLeader()
    this.#repeat(batch, now)
  }

  /** The batch can't be written: a record of it is at fault, which is found by splitting. */
  unencodable(batch: PendingBatch, cause: unknown, now: number): void {
    const { accumulator, outstanding, errors } = this.#parts
    const [first, second] = batch.entries
    if (second !== undefined) return accumulator.splitFirst(batch.queue, now)
    accumulator.removeFirst(batch.queue)
    if (first === undefined) return
    outstanding.refuse(first, errors.invalid(first, 'it can not be encoded', batch.queue.partition, cause))
  }

  /** Rejects what is due. Returns when the next record of this partition is. */
  expire(queue: PendingQueue, now: number): number {
    let next: number | undefined
    for (let batch = queue.first; batch !== undefined && next === undefined; batch = batch.next) {
      next = this.#expireBatch(batch, now)
    }
    const { first } = queue
    if (first !== undefined && first.isInDoubt && !first.isInAir && isAnswered(first)) this.#giveUp(first)
    this.#parts.accumulator.trim(queue)
    return next ?? Number.POSITIVE_INFINITY
  }

  /** Rejects everything of a partition that is not in the air. */
  refuseWaiting(queue: PendingQueue, reason: string): void {
    const { accumulator, errors } = this.#parts
    // A rejection makes room, and what was waiting for it may be placed here at once: that is not meant.
    for (const batch of [...batchesOf(queue)]) {
      if (batch.isInAir) continue
      if (batch.isInDoubt) {
        this.#giveUp(batch) // only the first can be
        continue
      }
      unnumber(batch)
      batch.isClosed = true
      this.#rejectAll(batch, (entry) => errors.refused(entry, reason, queue.partition))
      batch.entries.length = 0
    }
    accumulator.trim(queue)
  }

  /** Forgets what is not in the air: all of it is answered. What may be stored all the same costs its producer id. */
  drop(queue: PendingQueue): void {
    for (const batch of batchesOf(queue)) {
      if (batch.isInAir) continue
      if (!batch.isInDoubt) unnumber(batch)
      else if (batch.sent !== undefined) this.#parts.retire(batch.sent.number.identity)
      batch.isClosed = true
      batch.entries.length = 0
    }
    this.#parts.accumulator.trim(queue)
  }

  #acknowledge(batch: PendingBatch, { errorCode, baseOffset, logAppendTime }: ProducedPartition): void {
    const { topic, partition } = batch.queue
    batch.queue.problem = undefined
    const isFirst = errorCode === 0 && baseOffset >= 0n
    // A broker that recognises a repeated batch answers with the batch's own time, whoever stamps the topic.
    const stamped = logAppendTime >= 0 && !batch.isInDoubt ? logAppendTime : undefined
    for (const [index, entry] of batch.entries.entries()) {
      const offset = isFirst ? baseOffset + BigInt(index) : -1n
      const { timestamp } = entry.record
      this.#parts.outstanding.acknowledge(entry, { topic, partition, offset, timestamp: stamped ?? timestamp })
    }
    this.#parts.accumulator.removeFirst(batch.queue)
  }

  /** The batch is one record; what the broker held against its limit is the batch. */
  #refuseTooLarge(batch: PendingBatch): void {
    const { accumulator, errors } = this.#parts
    const bytes = batch.sent?.frame.length ?? batch.sizeBytes
    unnumber(batch)
    this.#rejectAll(batch, (entry) => errors.tooLarge(entry, { bytes }, batch.queue.partition))
    accumulator.removeFirst(batch.queue)
  }

  #repeat(batch: PendingBatch, now: number): void {
    batch.notBefore = now + this.#parts.backoffMs(batch.tries)
    if (batch.isInDoubt && isAnswered(batch)) this.#giveUp(batch)
  }

  #renumber(batch: PendingBatch, now: number): void {
    if (batch.sent !== undefined) this.#parts.retire(batch.sent.number.identity)
    batch.sent = undefined
    batch.notBefore = now + (batch.tries > 1 ? this.#parts.backoffMs(batch.tries) : 0)
  }

  /** Certainly not stored, and nothing more of its transaction will be, which rejects all of it with an error of its own. */
  #failForGood(batch: PendingBatch, reason: string, code: number): void {
    const { accumulator, errors, retire } = this.#parts
    if (batch.sent !== undefined) retire(batch.sent.number.identity, code)
    this.#rejectAll(batch, (entry) => errors.refused(entry, reason, batch.queue.partition))
    accumulator.removeFirst(batch.queue)
  }

  #giveUp(batch: PendingBatch, code?: number): void {
    const { accumulator, errors, retire } = this.#parts
    this.#rejectAll(batch, (entry) => errors.unknown(entry, batch.queue.partition, batch.queue.problem))
    accumulator.removeFirst(batch.queue)
    if (batch.sent !== undefined) retire(batch.sent.number.identity, code)
  }

  #rejectAll(batch: PendingBatch, error: (entry: PendingRecord) => unknown): void {
    for (const entry of batch.entries) if (!entry.isSettled) this.#parts.outstanding.refuse(entry, error(entry))
  }

  /** Rejects the due head of one batch; returns when the rest is due, undefined when nothing is left. */
  #expireBatch(batch: PendingBatch, now: number): number | undefined {
    const { outstanding, errors } = this.#parts
    const { entries, queue } = batch
    const mayBeStored = batch.isInAir || batch.isInDoubt
    const unknown = (entry: PendingRecord): Error => errors.unknown(entry, queue.partition, queue.problem)
    let due = 0
    for (const entry of entries) {
      if (entry.dueAt > now) break
      due += 1
      if (entry.isSettled) continue
      outstanding.refuse(entry, mayBeStored ? unknown(entry) : errors.timedOut(entry, queue.problem))
    }
    if (mayBeStored) return entries[due]?.dueAt
    // Other bytes will be made of what is left: what was told its end must not be stored after it.
    if (due > 0) {
      unnumber(batch)
      entries.splice(0, due)
    }
    return entries[0]?.dueAt
  }
}

const answeredWith = ({ topic, partition }: PendingQueue, name: string): Error =>
  new Error(`the leader of ${topic}[${partition}] answered ${name}`)

const isAnswered = ({ entries }: PendingBatch): boolean => entries.every(({ isSettled }) => isSettled)

/** Makes an unstored batch as if it had never been numbered. */
function unnumber(batch: PendingBatch): void {
  if (batch.sent !== undefined) giveSequenceBack(batch.queue.sequence, batch.sent.number)
  batch.sent = undefined
}

function* batchesOf(queue: PendingQueue): Generator<PendingBatch> {
  for (let batch = queue.first; batch !== undefined; batch = batch.next) yield batch
}
