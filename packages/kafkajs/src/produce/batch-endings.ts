import type { Accumulator, Batch, PartitionQueue } from './accumulator.js'
import type { Outstanding, PendingRecord } from './outstanding.js'
import { judgeBatch } from './produce-errors.js'
import type { SenderErrors } from './sender-errors.js'
import { giveSequenceBack, type ProducerIdentity } from './sequences.js'
import type { ProducedPartition } from '../wire/decode-produce-response.js'

/**
 * Every way in which a batch or a record of it comes to its end. A batch whose outcome is unknown keeps its bytes and its
 * place until its last record is due; only then is it given up, and with it the producer id, because no other batch may
 * ever use its sequence (K25). A record of it that is due earlier is told `unknown` at its own time.
 */
export interface BatchEndings {
  /** The leader answered for this batch; undefined when the answer did not name it. */
  answered(batch: PendingBatch, result: ProducedPartition | undefined, now: number): void
  /** The request was lost: the outcome is unknown. */
  lost(batch: PendingBatch, now: number): void
  /** The batch can't be written: a record of it is at fault, which is found by splitting. */
  unencodable(batch: PendingBatch, cause: unknown, now: number): void
  /** Rejects what is due. Returns when the next record of this partition is. */
  expire(queue: PendingQueue, now: number): number
  /** Rejects everything of a partition that is not in the air. */
  refuseWaiting(queue: PendingQueue, reason: string): void
}

export type PendingBatch = Batch<PendingRecord>
export type PendingQueue = PartitionQueue<PendingRecord>

export interface BatchEndingsParts {
  readonly accumulator: Accumulator<PendingRecord>
  readonly outstanding: Outstanding
  readonly errors: SenderErrors
  readonly retire: (identity: ProducerIdentity) => void
  readonly onStaleLeader: () => void
  readonly onFault: (batch: PendingBatch, reason: string) => void
  /** How long to wait before the next try, ms. */
  readonly backoffMs: (tries: number) => number
}

export function createBatchEndings(parts: BatchEndingsParts): BatchEndings {
  const { accumulator, outstanding, errors, retire, onStaleLeader, onFault, backoffMs } = parts

  /** Makes an unstored batch as if it had never been numbered. */
  function unnumber(batch: PendingBatch): void {
    if (batch.sent !== undefined) giveSequenceBack(batch.queue.sequence, batch.sent.number)
    batch.sent = undefined
  }

  function acknowledge(batch: PendingBatch, { errorCode, baseOffset, logAppendTime }: ProducedPartition): void {
    const { topic, partition } = batch.queue
    const isFirst = errorCode === 0 && baseOffset >= 0n
    // A broker that recognises a repeated batch answers with the batch's own time, whoever stamps the topic.
    const stamped = logAppendTime >= 0 && !batch.isInDoubt ? { logAppendTime } : {}
    for (const [index, entry] of batch.entries.entries()) {
      const offset = isFirst ? baseOffset + BigInt(index) : -1n
      outstanding.acknowledge(entry, { topic, partition, offset, ...stamped })
    }
    accumulator.removeFirst(batch.queue)
  }

  function rejectAll(batch: PendingBatch, error: (entry: PendingRecord) => unknown): void {
    for (const entry of batch.entries) outstanding.refuse(entry, error(entry))
  }

  function giveUp(batch: PendingBatch): void {
    if (batch.sent !== undefined) retire(batch.sent.number.identity)
    rejectAll(batch, (entry) => errors.unknown(entry, batch.queue.partition))
    accumulator.removeFirst(batch.queue)
  }

  function repeat(batch: PendingBatch, now: number): void {
    batch.notBefore = now + backoffMs(batch.tries)
    if (batch.isInDoubt && batch.entries.every(({ isSettled }) => isSettled)) giveUp(batch)
  }

  function renumber(batch: PendingBatch, now: number): void {
    if (batch.sent !== undefined) retire(batch.sent.number.identity)
    batch.sent = undefined
    batch.notBefore = now + (batch.tries > 1 ? backoffMs(batch.tries) : 0)
  }

  function answered(batch: PendingBatch, result: ProducedPartition | undefined, now: number): void {
    batch.isInAir = false
    if (result === undefined) return lost(batch, now)
    const { queue, isInDoubt, entries } = batch
    const verdict = judgeBatch(result.errorCode, { records: entries.length, isInDoubt })
    switch (verdict.kind) {
      case 'stored':
        return acknowledge(batch, result)
      case 'repeat':
        batch.isInDoubt = verdict.isInDoubt
        if (verdict.isStaleLeader) onStaleLeader()
        return repeat(batch, now)
      case 'split':
        unnumber(batch)
        return accumulator.splitFirst(queue, now)
      case 'renumber':
        onFault(batch, 'the broker lost track of the sequence; the batch goes on under a new producer id')
        return renumber(batch, now)
      case 'refused':
        unnumber(batch)
        rejectAll(batch, (entry) => errors.refused(entry, verdict.reason, queue.partition))
        return accumulator.removeFirst(queue)
      case 'unknown':
        onFault(batch, `${verdict.reason} after a try whose answer was lost; its records are reported as unknown`)
        return giveUp(batch)
    }
  }

  function lost(batch: PendingBatch, now: number): void {
    batch.isInAir = false
    batch.isInDoubt = true
    onStaleLeader()
    repeat(batch, now)
  }

  /** Rejects the due head of one batch; returns when the rest is due, undefined when nothing is left. */
  function expireBatch(batch: PendingBatch, now: number): number | undefined {
    const { entries, queue } = batch
    let due = 0
    for (const entry of entries) {
      if (entry.dueAt > now) break
      due += 1
      const isKept = batch.isInAir || batch.isInDoubt
      if (!entry.isSettled)
        outstanding.refuse(entry, isKept ? errors.unknown(entry, queue.partition) : errors.timedOut(entry))
    }
    if (due > 0 && !batch.isInAir && !batch.isInDoubt) {
      unnumber(batch)
      entries.splice(0, due)
      due = 0
    }
    return entries[due]?.dueAt
  }

  return {
    answered,
    lost,
    unencodable(batch, cause, now) {
      const [first, second] = batch.entries
      if (second !== undefined) return accumulator.splitFirst(batch.queue, now)
      accumulator.removeFirst(batch.queue)
      if (first !== undefined) {
        outstanding.refuse(first, errors.refused(first, 'it can not be encoded', batch.queue.partition, cause))
      }
    },
    expire(queue, now) {
      let next: number | undefined
      for (let batch = queue.first; batch !== undefined && next === undefined; batch = batch.next) {
        next = expireBatch(batch, now)
      }
      const { first } = queue
      if (
        first !== undefined &&
        first.isInDoubt &&
        !first.isInAir &&
        first.entries.every(({ isSettled }) => isSettled)
      ) {
        giveUp(first)
      }
      accumulator.trim(queue)
      return next ?? Number.POSITIVE_INFINITY
    },
    refuseWaiting(queue, reason) {
      // A rejection makes room, and what was waiting for it may be placed here at once: that is not meant.
      for (const batch of [...batchesOf(queue)]) {
        if (batch.isInAir) continue
        if (batch.isInDoubt) {
          giveUp(batch) // only the first can be
          continue
        }
        unnumber(batch)
        batch.isClosed = true
        rejectAll(batch, (entry) => errors.refused(entry, reason, queue.partition))
        batch.entries.length = 0
      }
      accumulator.trim(queue)
    },
  }
}

function* batchesOf(queue: PendingQueue): Generator<PendingBatch> {
  for (let batch = queue.first; batch !== undefined; batch = batch.next) yield batch
}
