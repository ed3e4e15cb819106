import type { HoldReason } from '../observe/events.js'
import type { RecordTrace } from '../observe/instrument.js'
import type { HandlerPlan } from '../declare/plan.js'
import type { Decoded } from '../process/decode-message.js'
import type { RawRecord } from './record.js'

/** The lease a record belongs to, as far as a record needs to know. */
export interface RecordSource {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly generation: number
  /** The lease's first offset: deltas count from here. */
  readonly startOffset: bigint
}

/** A record on its way through a lane, with what its attempts left behind. */
export class ReceivedRecord {
  /** The attempt that runs or runs next, from 1. */
  attempt = 1
  hasRun = false
  /** Waits between attempts so far, ms. */
  waitedMs = 0
  /** Why its last run has been followed by a wait that counts as no attempt. */
  heldFor: HoldReason | undefined
  /** Such waits in a row for a service that is away. */
  outages = 0
  /** Epoch ms of the first failed attempt. */
  firstFailedAt: number | undefined
  /** The handler that was chosen for it, where its topic has several. */
  route: HandlerPlan | undefined
  /** What it was decoded to so that its handler could be chosen, until that one takes it. */
  decoded: Decoded | undefined

  /** Of its latest attempt, where attempts are traced. */
  trace: RecordTrace | undefined
  /** The attempt in progress, where it is asynchronous: what an ending lease interrupts. */
  run: { readonly startedAt: number; interrupt(reason: 'revoked' | 'shutdown'): void } | undefined
  /** Between two attempts, or while its dead letter is on its way: since when. */
  rest: { readonly kind: 'waiting' | 'settling'; readonly sinceMs: number } | undefined

  constructor(
    readonly raw: RawRecord,
    /** Distance from the lease's first offset. */
    readonly delta: number,
    readonly source: RecordSource,
  ) {}

  get offset(): bigint {
    return this.source.startOffset + BigInt(this.delta)
  }
}
