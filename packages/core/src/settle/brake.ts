import type { ResolvedBrakeOptions } from '../declare/brake-options.js'

/**
 * Holds dead letters back when nearly everything fails in the same way: then the records are not to blame.
 *
 * `free -> braked -> free`, or `-> off`. `free` counts: when, of the last `records` records and within `window`, more than `share`
 * percent would become dead letters for one and the same fault, the last of them is held and the state is `braked`. From then on that
 * record runs again every `probe`. As long as it fails in the same way it is held; when it passes, or fails in another way, the
 * state is `free` and counting starts anew. `off` is for good: an operator has said that these dead letters are wanted.
 */
export type BrakeState =
  | { readonly kind: 'free'; readonly failures: readonly CountedFailure[]; readonly marks: readonly Mark[] }
  | { readonly kind: 'braked'; readonly fingerprint: string; readonly sinceMs: number }
  | { readonly kind: 'off' }

/** So many records had been handled at this moment: later ones were handled later. */
interface Mark {
  readonly handled: number
  readonly atMs: number
}

interface CountedFailure extends Mark {
  readonly fingerprint: string
}

export type BrakeEvent =
  /** Records have come. `handled`: of the lease, whose last run so far has ended. */
  | { readonly kind: 'received'; readonly handled: number }
  /** A record would become a dead letter; it is the last of the handled ones. */
  | { readonly kind: 'failed'; readonly handled: number; readonly fingerprint: string }
  /** The held record needs no dead letter. */
  | { readonly kind: 'passed' }
  /** An operator wants the dead letters. */
  | { readonly kind: 'let-go' }

/** What is to be done: nothing (a failed record is dead-lettered), hold the record, or go on as before. */
export type BrakeEffect = 'none' | 'brake' | 'hold' | 'release'

export interface BrakeStep {
  readonly state: BrakeState
  readonly effect: BrakeEffect
}

/** Marks closer together than this share of the window are one. */
const markShare = 1 / 64

export const freeBrake: BrakeState = { kind: 'free', failures: [], marks: [] }

/** Pure: state, event and time in, state and effect out. */
export function stepBrake(state: BrakeState, event: BrakeEvent, now: number, policy: ResolvedBrakeOptions): BrakeStep {
  if (state.kind === 'off') return { state, effect: 'none' }
  if (event.kind === 'let-go') return { state: { kind: 'off' }, effect: state.kind === 'braked' ? 'release' : 'none' }
  if (state.kind === 'braked') return stepBraked(state, event, now, policy)
  if (event.kind === 'passed') return { state, effect: 'none' }

  const marks = withMark(state.marks, { handled: event.handled, atMs: now }, policy)
  if (event.kind === 'received') return { state: { ...state, marks }, effect: 'none' }
  const first = event.handled - policy.records
  const failure = { handled: event.handled, atMs: now, fingerprint: event.fingerprint }
  const failures = [...state.failures.filter(({ handled }) => handled > first), failure]
  const isWithin = state.marks.some(({ handled, atMs }) => handled <= first && now - atMs <= policy.windowMs)
  const same = failures.filter(({ fingerprint }) => fingerprint === event.fingerprint).length
  if (isWithin && same * 100 > policy.records * policy.share)
    return { state: { kind: 'braked', fingerprint: event.fingerprint, sinceMs: now }, effect: 'brake' }
  return { state: { kind: 'free', failures, marks }, effect: 'none' }
}

function stepBraked(
  state: Extract<BrakeState, { kind: 'braked' }>,
  event: Exclude<BrakeEvent, { kind: 'let-go' }>,
  now: number,
  policy: ResolvedBrakeOptions,
): BrakeStep {
  switch (event.kind) {
    case 'received':
      return { state, effect: 'none' }
    case 'passed':
      return { state: freeBrake, effect: 'release' }
    case 'failed': {
      if (event.fingerprint === state.fingerprint) return { state, effect: 'hold' }
      return { state: stepBrake(freeBrake, event, now, policy).state, effect: 'release' }
    }
    default:
      return unreachable(event)
  }
}

function withMark(marks: readonly Mark[], mark: Mark, { windowMs }: ResolvedBrakeOptions): readonly Mark[] {
  const last = marks.at(-1)
  if (last !== undefined && mark.atMs - last.atMs < windowMs * markShare) return marks
  return [...marks.filter(({ atMs }) => mark.atMs - atMs <= windowMs), mark]
}

const unreachable = (value: never): never => {
  throw new TypeError(`unknown event of the brake ${JSON.stringify(value)}`)
}
