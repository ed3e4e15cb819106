import { brakeDefaults, type ResolvedBrakeOptions } from '../declare/brake-options.js'
import type { Clock } from '../observe/clock.js'
import type { BrakeRelease, Events } from '../observe/events.js'
import type { Brake } from '../receive/brake.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import { type BrakeEffect, type BrakeEvent, type BrakeState, freeBrake, stepBrake } from '../settle/brake.js'
import { errorFingerprint } from '../settle/error-fingerprint.js'
import { placeOfRecord } from './record-place.js'

export interface LeaseBrakeParts {
  readonly clock: Clock
  readonly events: Events
}

/** The brake of one lease: what `settle/brake.ts` decides, done and told. */
export function createLeaseBrake(partition: LeaseHost, { clock, events }: LeaseBrakeParts): Brake {
  const usual = partition.parts.handler.brake ?? brakeDefaults // by this records are counted
  let state: BrakeState = freeBrake

  function step(event: BrakeEvent, policy: ResolvedBrakeOptions, because: BrakeRelease): BrakeEffect {
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
    get fingerprint() {
      return state.kind === 'braked' ? state.fingerprint : undefined
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
const handledBy = ({ ledger: { processed, retried, deadLettered, skipped, awaiting } }: LeaseHost): number =>
  processed + retried + deadLettered + skipped + awaiting
