import type { Clock } from '../observe/clock.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { Lane } from './lane.js'
import { interrupted, type Outcome } from './outcome.js'
import type { Slots } from './slots.js'
import type { Step } from './step.js'
import { Turn } from './turn.js'

/** The lease as its lanes see it. */
export interface LaneLease {
  /** Aborts when the lease begins to drain (in at-most-once mode, when it is over): nothing new starts, and waits end early. */
  readonly over: AbortSignal
  /** It is held and stands still for good: what is queued stays in flight, and is settled when the lease ends. */
  readonly isHalted: boolean
  /** Nothing more starts until then. */
  readonly held?: Promise<void> | undefined
  started(record: ReceivedRecord): void
  handled(record: ReceivedRecord): void
  /**
   * The record is settled as the step says, and the watermark may pass it; in a pipeline it is decided, and what it gives
   * back is the wait for room for more.
   */
  decided(record: ReceivedRecord, step: Step): Promise<void> | undefined
}

export interface LaneParts {
  readonly lease: LaneLease
  readonly slots: Slots
  readonly clock: Clock
  /** Decode, middleware, handler: answers with an outcome, whatever goes wrong. */
  readonly attempt: (record: ReceivedRecord) => Outcome | Promise<Outcome>
  /** Settles the outcome; resolves when the lane may go on. */
  readonly decide: (outcome: Outcome, record: ReceivedRecord) => Step | Promise<Step>
}

/**
 * Runs one lane until it is empty or its lease is over. Whatever goes wrong in a record is an outcome, never a throw.
 * A synchronous handler costs no promise: only what is one is awaited.
 */
export async function runLane(lane: Lane, { lease, slots, clock, attempt, decide }: LaneParts): Promise<void> {
  const turn = new Turn(clock)
  for (;;) {
    const record = lane.head()
    if (record === undefined) return
    if (lease.held !== undefined) {
      await lease.held
      continue
    }

    const hasSlot = slots.tryTake() || (await slots.take(lease.over))
    if (lease.over.aborted && lease.isHalted) {
      if (hasSlot) slots.release()
      return
    }
    if (hasSlot) lease.started(record)
    const tried = hasSlot && !lease.over.aborted ? attempt(record) : interrupted
    const outcome = tried instanceof Promise ? await tried : tried
    if (hasSlot) {
      lease.handled(record)
      slots.release()
    }

    const decided = decide(outcome, record)
    if (decided instanceof Promise) record.rest = { kind: 'settling', sinceMs: clock.now() }
    const step = decided instanceof Promise ? await decided : decided
    if (step.kind === 'again') {
      record.rest = { kind: 'waiting', sinceMs: clock.now() }
      await clock.wait(step.delayMs, lease.over) // outside the slot, so a waiting lane never blocks a working one
      record.rest = undefined
      if (step.isHeld !== true) {
        record.attempt += 1
        record.waitedMs += step.delayMs
      }
      continue
    }

    const room = lease.decided(record, step)
    if (step.kind === 'halted') return // the record stays at the head, in flight
    lane.shift()
    if (step.kind === 'abandoned') return // its next owner will see it again
    if (room !== undefined) await room
    if (turn.isOver()) await turn.pass()
  }
}
