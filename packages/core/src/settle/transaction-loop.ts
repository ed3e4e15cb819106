import type { Clock, Timer } from '../observe/clock.js'
import { errorFrom } from '../observe/thrown.js'
import { type CommitPace, firstLimit, limitOfNext, shareOut, waitBeforeNext } from './commit-pace.js'
import type { DecidedPrefix } from './decided-records.js'
import { failedSends, oncePer } from './failed-sends.js'
import { judgeSend } from './judge-send.js'
import type { Outflow, Outlet } from './outlet.js'
import type { PipelineLease } from './pipeline-lease.js'

const retryFlushMs = 100
/** How long the answers of sends may still be out when their transaction is over. */
const answersMs = 1_000
/** So many failures in a row are trouble that an operator should see: their partitions stand still until one succeeds. */
const troubleAfter = 5

/** A lease as the loop sees it. */
export type TransactedLease = Pick<
  PipelineLease,
  | 'lease'
  | 'startOffset'
  | 'retryAt'
  | 'waiting'
  | 'ready'
  | 'take'
  | 'stored'
  | 'restore'
  | 'lose'
  | 'refuse'
  | 'hold'
  | 'stall'
>

export interface TransactionLoopParts {
  readonly pace: CommitPace
  readonly clock: Clock
  readonly outlet: Outlet
  /** Whether lanes wait until outputs of theirs are stored. */
  readonly isFull: () => boolean
  /** All live leases of the group that settle here. */
  readonly leases: () => Iterable<TransactedLease>
}

interface Taken extends DecidedPrefix {
  readonly from: TransactedLease
}

/**
 * Stores the outputs of a group's pipelines together with their offsets: one transaction in flight, while handlers make
 * the outputs of the next.
 *
 * `resting -> armed -> open -> (resting | armed)`. It is armed by the first record that is decided, or by a gap that moves the
 * end; `commit-pace.ts` says for how long. An open one holds the decided prefix of all leases of that moment, or as many records
 * of it as `commit-pace.ts` allows; what is left goes into the next. It ends stored; or aborted or fenced, and what leases that live had in it goes again without their handlers; or nobody knows how, and
 * nothing of it is ever sent again.
 */
export class TransactionLoop {
  #decided = 0
  /** Since when there is something for the next one. */
  #sinceMs: number | undefined
  #isIdle = false
  #timer: Timer | undefined
  #inFlight: Promise<boolean> | undefined
  #lastStartedAt: number
  #lastEndedAt: number
  /** When leases were last asked for what they have. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  /** How many records the next one may take. */
  #limit = firstLimit
  #isClosed = false
  /** Cuts short what is in flight. */
  #cut = new AbortController()

  constructor(private readonly parts: TransactionLoopParts) {
    this.#lastStartedAt = parts.clock.now() - parts.pace.intervalMs
    this.#lastEndedAt = this.#lastStartedAt
  }

  /** `count` more records are decided; 0 where only the end has moved. */
  decided(count: number): void {
    this.#decided += count
    if (count > 0) this.#isIdle = false
    const isFirst = this.#sinceMs === undefined
    this.#sinceMs ??= this.parts.clock.now()
    if (isFirst || this.#decided === this.parts.pace.records || this.parts.isFull()) this.#arm()
  }

  /** Nothing is left to work on: no reason to wait, unless a transaction has just begun. */
  idle(): void {
    this.#isIdle = true
    if (this.#decided > 0) this.#arm()
  }

  /**
   * Stores what is decided now. A failure is tried again until `until` aborts, at least once in all; when `end` aborts, what is
   * open then is aborted. Outputs that are held back because their topic does not take them are left to the next owner.
   */
  async flush(until: AbortSignal, end: AbortSignal): Promise<void> {
    const cut = (): void => this.#cut.abort(end.reason)
    end.addEventListener('abort', cut)
    if (end.aborted) cut()
    try {
      do {
        await this.#inFlight
        if (end.aborted || !this.#start()) return
        if ((await this.#pending()) !== true) await this.parts.clock.wait(retryFlushMs, until)
      } while (!until.aborted)
    } finally {
      end.removeEventListener('abort', cut)
      if (this.#cut.signal.aborted) this.#cut = new AbortController() // leases that stay go on with the next one
    }
  }

  /** Begins nothing more, and aborts what is open. */
  close(): void {
    this.#isClosed = true
    this.#disarm()
    this.#cut.abort('shutdown')
  }

  #pending(): Promise<boolean> | undefined {
    return this.#inFlight
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    if (this.#inFlight !== undefined || this.#isClosed) return // its end looks again
    this.#disarm()
    const { clock, pace, isFull } = this.parts
    const now = clock.now()
    const facts = {
      isFull: isFull(),
      decided: this.#decided,
      sinceMs: this.#sinceMs ?? now,
      isIdle: this.#isIdle,
      failures: this.#failures,
    }
    const waitMs = waitBeforeNext(
      { ...facts, now, lastStartedAt: this.#lastStartedAt, lastEndedAt: this.#lastEndedAt },
      pace,
    )
    if (waitMs > 0) this.#timer = clock.after(waitMs, () => this.#start())
    else this.#start()
  }

  /** False when there is nothing to store. */
  #start(): boolean {
    if (this.#inFlight !== undefined || this.#isClosed) return this.#inFlight !== undefined
    this.#disarm()
    const now = this.parts.clock.now()
    this.#lookedAt = now
    const taken = this.#take(now)
    if (taken.length === 0) {
      this.#armForHeld()
      return false
    }
    this.#lastStartedAt = now
    this.#inFlight = this.#store(taken).then((isStored) => {
      this.#inFlight = undefined
      this.#lastEndedAt = this.parts.clock.now()
      if (this.#sinceMs !== undefined) this.#arm()
      else this.#armForHeld()
      return isStored
    })
    return true
  }

  /** What the limit leaves counts as decided just now. */
  #take(now: number): readonly Taken[] {
    const live = [...this.parts.leases()].filter(({ lease }) => lease.isLive)
    const shares = shareOut(
      this.#limit,
      live.map(({ ready }) => ready),
    )
    const taken = live.flatMap((from, at): Taken[] => {
      const prefix = from.take(shares[at] ?? 0)
      return prefix === undefined ? [] : [{ ...prefix, from }]
    })
    const left = live.reduce((sum, { ready }) => sum + ready, 0)
    this.#decided = left
    this.#sinceMs = left > 0 ? now : undefined
    return taken
  }

  /** Leases whose topics did not take their outputs are tried again when their time has come, which may be by now. */
  #armForHeld(): void {
    const { clock, leases } = this.parts
    const held = [...leases()].filter(({ retryAt, waiting }) => retryAt > this.#lookedAt && waiting > 0)
    if (held.length === 0 || this.#isClosed) return
    const retryAt = Math.min(...held.map((lease) => lease.retryAt))
    this.#timer = clock.after(Math.max(0, retryAt - clock.now()), () => this.#start())
  }

  async #store(taken: readonly Taken[]): Promise<boolean> {
    const { outlet, clock, pace } = this.parts
    const startedAt = clock.now()
    const sends: Promise<unknown>[] = []
    let outflow: Outflow | undefined
    let isEnding = false
    let answers: Promise<readonly PromiseSettledResult<unknown>[]> | undefined
    try {
      outflow = outlet.begin()
      for (const { entries } of taken)
        for (const { outputs } of entries) for (const output of outputs) sends.push(outflow.send(output))
      answers = Promise.allSettled(sends)
      isEnding = true
      await outflow.commit(taken.map(commitOf), this.#cut.signal)
    } catch (thrown) {
      if (!isEnding) await outflow?.abort()
      await this.#failed(errorFrom(thrown), taken, answers ?? Promise.allSettled(sends))
      return false
    }
    this.#failures = 0
    const facts = { partitions: taken.length, records: recordsIn(taken), durationMs: clock.now() - startedAt }
    this.#limit = limitOfNext(this.#limit, { ...facts, isStored: true }, pace)
    outlet.stored({ ...facts, outputs: sends.length })
    for (const { from } of taken) from.stored()
    return true
  }

  async #failed(
    error: Error,
    taken: readonly Taken[],
    answers: Promise<readonly PromiseSettledResult<unknown>[]>,
  ): Promise<void> {
    const { outlet, pace } = this.parts
    const failure = outlet.judge(error)
    for (const { from } of taken) {
      if (failure === 'unknown') from.lose()
      else from.restore()
    }
    this.#sinceMs = Number.NEGATIVE_INFINITY // what goes again is due: only the pause is waited for
    if (failure !== 'aborted') {
      this.#failures += 1
      outlet.lost(error)
      return
    }
    const failed = failedSends(taken, await this.#known(answers))
    const ofRecord = failed.filter((one) => judgeSend(one.error) === 'record')
    const ofTopic = failed.filter((one) => judgeSend(one.error) === 'topic')
    outlet.failed(ofTopic[0]?.error ?? ofRecord[0]?.error ?? error, recordsIn(taken))
    if (ofRecord.length === 0) {
      this.#limit = limitOfNext(this.#limit, { records: recordsIn(taken), durationMs: 0, isStored: false }, pace)
    }
    this.#failures = ofRecord.length + ofTopic.length > 0 ? 0 : this.#failures + 1
    if (this.#failures >= troubleAfter) for (const { from } of taken) from.stall()
    for (const { from, decided, error: refusal } of oncePer(({ decided: { record } }) => record, ofRecord))
      await from.refuse(decided, refusal)
    for (const { from, decided, error: refusal } of oncePer(({ from: lease }) => lease, ofTopic))
      from.hold(decided, refusal)
  }

  /** What is known of the sends of a transaction that is over: an answer that does not come is none. */
  async #known(
    answers: Promise<readonly PromiseSettledResult<unknown>[]>,
  ): Promise<readonly PromiseSettledResult<unknown>[]> {
    const over = new AbortController()
    const late = this.parts.clock.wait(answersMs, over.signal).then(() => [])
    try {
      return await Promise.race([answers, late])
    } finally {
      over.abort()
    }
  }
}

const commitOf = ({ from, end }: Taken) => ({ lease: from.lease, offset: from.startOffset + BigInt(end) })

const recordsIn = (taken: readonly Taken[]): number => taken.reduce((sum, { entries }) => sum + entries.length, 0)
