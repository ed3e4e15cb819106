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
  /** How long behind the end of a disturbance a partition with work may stand still. */
  readonly stallAtMostMs: number
  /** How long behind its end a disturbance may make a partition stand still at all: a session and a rebalance. */
  readonly reachMs: number
  /** How long a partition with work may stand still where no disturbance reaches. */
  readonly quietAtMostMs: number
  /** The end of the observation. */
  readonly untilMs: number
}

/** The worst stall that a disturbance reaches. */
export interface StallBehind {
  /** How long it went on behind the end of the disturbance. */
  readonly stallMs: number
  /** How long it might, later disturbances that restarted its time included. */
  readonly allowedMs: number
}

type Seen = Pick<Evidence, 'sent' | 'lines' | 'deadLetters'>

/** O7: after each disturbance every partition with work goes on in time, and nothing stands still without one. */
export function checkProgress(evidence: Seen, limits: ProgressLimits): readonly Violation[] {
  return stallsIn(evidence, limits).flatMap((stall) => {
    const behind = causesOf(stall, limits).map((cause) => ({ cause, ...behindOf(stall, cause, limits) }))
    const late = behind.find(({ stallMs, allowedMs }) => stallMs > allowedMs)
    if (late !== undefined)
      return violation(
        stall,
        `${inMs(late.stallMs)} behind ${late.cause.what}, where ${inMs(late.allowedMs)} are allowed`,
      )
    const isQuiet = behind.length === 0 && lengthOf(stall) > limits.quietAtMostMs
    return isQuiet ? violation(stall, `where no disturbance reaches and ${inMs(limits.quietAtMostMs)} are allowed`) : []
  })
}

/** For each disturbance the stall that it reaches and that went on longest behind it; one that was too long comes first. */
export function stallsBehind(evidence: Seen, limits: ProgressLimits): readonly StallBehind[] {
  const stalls = stallsIn(evidence, limits)
  return limits.disturbances.map((cause) => {
    const none = { stallMs: 0, allowedMs: limits.stallAtMostMs }
    const own = stalls.filter((stall) => causesOf(stall, limits).includes(cause))
    const behind = own.map((stall) => behindOf(stall, cause, limits)).toSorted((a, b) => b.stallMs - a.stallMs)
    return behind.find(({ stallMs, allowedMs }) => stallMs > allowedMs) ?? behind[0] ?? none
  })
}

/** The longest stall that no disturbance reaches, ms. */
export const longestQuietStall = (evidence: Seen, limits: ProgressLimits): number =>
  stallsIn(evidence, limits)
    .filter((stall) => causesOf(stall, limits).length === 0)
    .reduce((longest, stall) => Math.max(longest, lengthOf(stall)), 0)

/**
 * What made a partition stand still: the disturbances that hit it meanwhile, and the last one before that still reaches
 * it. One that was followed by another before the stall began has nothing to do with it.
 */
function causesOf(stall: Stall, { disturbances, reachMs }: ProgressLimits): readonly Disturbance[] {
  const before = disturbances.filter(({ atMs, endMs }) => atMs <= stall.fromMs && stall.fromMs <= endMs + reachMs)
  const last = before.toSorted((a, b) => a.atMs - b.atMs).at(-1)
  return disturbances.filter((one) => one === last || (one.atMs > stall.fromMs && one.atMs < stall.untilMs))
}

/** The time starts again at the end of a disturbance that hits within it; one that hits only the new time changes nothing. */
function behindOf(stall: Stall, cause: Disturbance, { disturbances, stallAtMostMs }: ProgressLimits): StallBehind {
  const ownMs = cause.endMs + stallAtMostMs
  const ends = disturbances
    .filter(({ atMs }) => atMs > cause.atMs && atMs < Math.min(stall.untilMs, ownMs))
    .map(({ endMs }) => endMs + stallAtMostMs)
  return {
    stallMs: Math.max(0, stall.untilMs - Math.max(stall.fromMs, cause.endMs)),
    allowedMs: Math.max(ownMs, ...ends) - Math.max(stall.fromMs, cause.endMs),
  }
}

const lengthOf = ({ fromMs, untilMs }: Stall): number => untilMs - fromMs
const inMs = (ms: number): string => `${ms.toFixed(0)} ms`

const violation = (stall: Stall, why: string): readonly Violation[] => {
  const text = `${stall.topic}[${stall.partition}] had work and stood still from ${inMs(stall.fromMs)} for ${inMs(lengthOf(stall))}, ${why}`
  return [{ oracle: 'O7', text }]
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
