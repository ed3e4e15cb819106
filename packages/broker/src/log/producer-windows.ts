/**
 * What one partition remembers of one idempotent producer, and what that makes of its next batch (KIP-98, KIP-360). Pure.
 *
 * The window holds the last five batches of the current epoch. A batch that equals one of them in first and last sequence is a
 * repetition: it is answered as then, and not written. Anything else must go on exactly where the last batch ended. A newer epoch
 * begins at 0; a producer that nobody remembers may begin anywhere.
 */
import { errorCode } from '../protocol/error-codes.js'

export interface WrittenBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: bigint
  /** The highest of the batch: what a repetition is told as its append time. */
  readonly maxTimestamp: bigint
}

export interface ProducerWindow {
  readonly epoch: number
  /** Oldest first. Empty after a marker of a newer epoch: the next sequence is 0. */
  readonly batches: readonly WrittenBatch[]
  readonly lastWriteMs: number
}

export interface NextBatch {
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastOffsetDelta: number
}

export type SequenceVerdict =
  | { readonly kind: 'next' }
  | { readonly kind: 'repeated'; readonly as: WrittenBatch }
  | { readonly kind: 'refused'; readonly errorCode: number }

export const rememberedBatches = 5
const highestSequence = 2 ** 31 - 1

const next: SequenceVerdict = { kind: 'next' }
export const outOfOrder: SequenceVerdict = { kind: 'refused', errorCode: errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }
const fenced: SequenceVerdict = { kind: 'refused', errorCode: errorCode.INVALID_PRODUCER_EPOCH }

export function judgeBatch(window: ProducerWindow | undefined, batch: NextBatch): SequenceVerdict {
  if (window === undefined) return next
  const { producerEpoch, baseSequence } = batch
  if (producerEpoch < window.epoch) return fenced
  if (producerEpoch > window.epoch) return baseSequence === 0 ? next : outOfOrder
  const lastSequence = lastSequenceOf(batch)
  const as = window.batches.find((each) => each.firstSequence === baseSequence && each.lastSequence === lastSequence)
  if (as !== undefined) return { kind: 'repeated', as }
  return baseSequence === sequenceAfter(window.batches.at(-1)?.lastSequence) ? next : outOfOrder
}

export function withBatch(
  window: ProducerWindow | undefined,
  batch: NextBatch,
  written: Pick<WrittenBatch, 'baseOffset' | 'maxTimestamp'>,
  now: number,
): ProducerWindow {
  const { producerEpoch, baseSequence } = batch
  const before = window?.epoch === producerEpoch ? window.batches : []
  const kept = before.length < rememberedBatches ? before : before.slice(1 - rememberedBatches)
  const { baseOffset, maxTimestamp } = written
  const latest = { firstSequence: baseSequence, lastSequence: lastSequenceOf(batch), baseOffset, maxTimestamp }
  return { epoch: producerEpoch, batches: [...kept, latest], lastWriteMs: now }
}

/** Sequences go on across transactions of one epoch; a marker of a newer one ends them. */
export function withMarker(window: ProducerWindow | undefined, producerEpoch: number, now: number): ProducerWindow {
  const batches = window?.epoch === producerEpoch ? window.batches : []
  return { epoch: producerEpoch, batches, lastWriteMs: now }
}

const sequenceAfter = (last: number | undefined): number =>
  last === undefined || last === highestSequence ? 0 : last + 1

/** Sequences wrap: 2147483647 is followed by 0. */
function lastSequenceOf({ baseSequence, lastOffsetDelta }: NextBatch): number {
  const last = baseSequence + lastOffsetDelta
  return last <= highestSequence ? last : last - highestSequence - 1
}
