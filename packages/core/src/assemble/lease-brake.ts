import { brakeDefaults, type ResolvedBrakeOptions } from '../declare/brake-options.js'
import type { HandlerPlan } from '../declare/plan.js'
import type { Clock } from '../observe/clock.js'
import type { BrakeRelease, Events } from '../observe/events.js'
import type { Failure } from '../process/outcome.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { type BrakeEvent, type BrakeState, type BrakeStep, freeBrake, stepBrake } from '../settle/brake.js'
import { errorFingerprint } from '../settle/error-fingerprint.js'
import type { Hold } from '../settle/settle.js'
import { placeOfRecord } from './record-place.js'

export interface LeaseBrakeParts {
  readonly clock: Clock
  readonly events: Events
}

/** The brake of one lease: what `settle/brake.ts` decides, done. */
export interface LeaseBrake {
  readonly isOn: boolean
  /** Records have come. */
  received(): void
  /** A record would become a dead letter. Undefined: it may. */
  judge(record: ReceivedRecord, failure: Failure, handler: Pick<HandlerPlan, 'name' | 'brake'>): Hold | undefined
  /** The held record needs no dead letter. */
  passed(): void
  /** An operator wants its dead letters: from the next try on, and for as long as the lease is held. */
  letGo(): void
}

export function createLeaseBrake({
  partition,
  planOf,
  policy: usual = brakeDefaults,
  clock,
  events,
}: LeaseBrakeParts): LeaseBrake {
  let state: BrakeState = freeBrake

  /** What is said on the way is told in the order in which it happens. */
  function step(event: BrakeEvent, policy: ResolvedBrakeOptions, because: BrakeRelease): BrakeStep['effect'] {
    const now = clock.now()
    const before = state
    const { state: after, effect } = stepBrake(before, event, now, policy)
    state = after
    if (effect !== 'release' || before.kind !== 'braked') return effect
    const { group, topic, partition: number } = partition.source
    const brakedMs = now - before.sinceMs
    events.emit({ name: 'partition.released', group, topic, partition: number, because, brakedMs })
    partition.resumeFrom('braked')
    return effect
  }

  return {
    get isOn() {
      return state.kind === 'braked'
    },
    received() {
      step({ kind: 'received', handled: handledBy(partition) }, usual, 'passed')
    },
    judge(record, { error, stage }, { name: handler, brake: policy }) {
      if (policy === undefined) return undefined
      const fingerprint = errorFingerprint(handler, error)
      const effect = step({ kind: 'failed', handled: handledBy(partition), fingerprint }, policy, 'failed-otherwise')
      const { probeMs } = policy
      if (effect === 'brake') {
        const place = placeOfRecord(partition, handler, record)
        events.emit({ name: 'partition.braked', ...place, fingerprint, stage, probeMs, error })
      }
      const isHeld = effect === 'brake' || effect === 'hold'
      return isHeld ? { kind: 'hold', reason: 'braked', delayMs: probeMs } : undefined
    },
    passed() {
      step({ kind: 'passed' }, usual, 'passed')
    },
    letGo() {
      step({ kind: 'let-go' }, usual, 'operator')
    },
  }
}

/** Records of the lease whose last run so far has ended. */
const handledBy = ({ ledger: { received, queued, running, abandoned } }: LeaseHost): number =>
  received - queued - running - abandoned
