import type { Evidence, Violation } from './evidence.js'
import { type Stall, stallsIn } from './stalls.js'

/** Something that was done to a run: from when until when it was in the way. */
export interface Disturbance {
  readonly what: string
  readonly atMs: number
  readonly endMs: number
}

export interface ProgressLimits {
  readonly disturbances: readonly Disturbance[]
  /** How long a partition with work may stand still, the disturbances themselves not counted. */
  readonly stallAtMostMs: number
  /**
   * How much longer where one disturbance meets the recovery from another, for each of the first two that do. Default 0:
   * however many follow each other, `stallAtMostMs` is granted once.
   */
  readonly furtherMs?: number
  /** The end of the observation. */
  readonly untilMs: number
}

type Seen = Pick<Evidence, 'sent' | 'lines' | 'deadLetters'>

/** O7: no partition with work stands still for longer than the disturbances in that time took and what is granted on top. */
export function checkProgress(
  evidence: Seen,
  { disturbances, stallAtMostMs, furtherMs = 0, untilMs }: ProgressLimits,
): readonly Violation[] {
  return stallsIn(evidence, { untilMs }).flatMap((stall) => {
    const further = disturbances.filter(({ atMs }) => atMs > stall.fromMs && atMs < stall.untilMs).length
    const grantedMs = stallAtMostMs + Math.min(further, 2) * furtherMs
    const explainedMs = overlapMs(stall, disturbances) + grantedMs
    const lengthMs = stall.untilMs - stall.fromMs
    if (lengthMs <= explainedMs) return []
    const around = disturbances.filter(
      ({ atMs, endMs }) => atMs <= stall.untilMs && endMs >= stall.fromMs - stallAtMostMs,
    )
    const text =
      `${stall.topic}[${stall.partition}] had work and stood still from ${stall.fromMs.toFixed(0)} ms for ${lengthMs.toFixed(0)} ms, ` +
      `of which ${explainedMs.toFixed(0)} are explained (${around.map(({ what }) => what).join(', ') || 'no disturbance'})`
    return [{ oracle: 'O7', text } as const]
  })
}

/** Work that finds a partition unattended may come this much later than the disturbance that did it. */
const behindMs = 1_000

/**
 * For each disturbance the longest time, behind its end, that a partition stood still which did so in it or began to
 * right behind it, ms.
 */
export const stallsAfter = (
  evidence: Seen,
  { disturbances, untilMs }: Omit<ProgressLimits, 'stallAtMostMs'>,
): readonly number[] => {
  const stalls = stallsIn(evidence, { untilMs })
  return disturbances.map(({ atMs, endMs }) =>
    stalls
      .filter((stall) => stall.fromMs <= endMs + behindMs && stall.untilMs >= atMs)
      .reduce((longest, { fromMs, untilMs: until }) => Math.max(longest, until - Math.max(fromMs, endMs)), 0),
  )
}

export interface ShareOptions {
  readonly fromMs: number
  readonly untilMs: number
  /** Default 500. */
  readonly bucketMs?: number
}

/** The share of the buckets between two moments in which a record was done, 0 to 1. */
export function progressShare(
  { lines }: Pick<Evidence, 'lines'>,
  { fromMs, untilMs, bucketMs = 500 }: ShareOptions,
): number {
  const buckets = Math.floor((untilMs - fromMs) / bucketMs)
  const done = lines.filter(({ edge, timeMs }) => edge === 'done' && timeMs >= fromMs)
  const seen = new Set(done.map(({ timeMs }) => Math.floor((timeMs - fromMs) / bucketMs)))
  return buckets <= 0 ? 0 : [...seen].filter((bucket) => bucket < buckets).length / buckets
}

/** The part of a stall that is covered by disturbances, each moment once. */
function overlapMs({ fromMs, untilMs }: Stall, disturbances: readonly Disturbance[]): number {
  let coveredTo = fromMs
  let sum = 0
  for (const { atMs, endMs } of disturbances.toSorted((a, b) => a.atMs - b.atMs)) {
    const from = Math.max(atMs, coveredTo)
    const until = Math.min(endMs, untilMs)
    if (until > from) sum += until - from
    coveredTo = Math.max(coveredTo, Math.min(endMs, untilMs))
  }
  return sum
}
