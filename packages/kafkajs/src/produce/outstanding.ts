import { type Clock, type DeliveryReport, fail, type OutgoingRecord } from '@millrace/core'
import { type BatchRecord, estimateRecordSize } from '../wire/encode-record-batch.js'
import type { Entry } from './accumulator.js'
import { WaitingLine } from './waiting-line.js'

/** A record between `send` and its answer. */
export interface PendingRecord extends Entry {
  readonly outgoing: OutgoingRecord
  readonly record: BatchRecord
  readonly sentAt: number
  readonly dueAt: number
}

interface Tracked extends PendingRecord {
  isSettled: boolean
  hasRoom: boolean
  /** Ends the wait for room: leaves the line and takes the listener off the signal. */
  stopWaiting: (() => void) | undefined
  readonly serial: number
  readonly resolve: (report: DeliveryReport) => void
  readonly reject: (error: unknown) => void
}

export interface OutstandingParts {
  readonly clock: Clock
  readonly maxBufferedBytes: number
  readonly onFull: 'wait' | 'reject'
  readonly deliveryTimeoutMs: number
  /** The error for a record that no broker would read. */
  readonly judgeSize: (outgoing: OutgoingRecord, sizeBytes: number) => Error | undefined
  /** The record has room: it is accepted and can't be recalled. Called in the order of `track`. */
  readonly accept: (pending: PendingRecord) => void
}

interface FlushWaiter {
  readonly upTo: number
  left: number
  readonly done: () => void
}

/**
 * Every record that has no answer yet: the room they take, their promises, and who waits for them.
 *
 * The room bounds what has been accepted. Who waits for room is not refused (unless `onFull` says so), however many they are: each is a promise and a
 * record that its caller holds anyway (`Promise.all` over a million records is one), this adds a constant to each, and each
 * leaves at once when it is answered, taken back, or due. So what is held here is proportional to what callers handed over
 * and still wait for, for one delivery time at most. A caller that wants less awaits its sends.
 */
export class Outstanding {
  readonly #parts: OutstandingParts
  readonly #open = new Set<Tracked>()
  readonly #flushes = new Set<FlushWaiter>()
  /** For room. */
  #waiting = new WaitingLine<Tracked>()
  #bufferedBytes = 0
  #serial = 0
  #isAdmitting = false

  constructor(parts: OutstandingParts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#open.size
  }

  /** Somebody waits in `flush`. */
  get isFlushing(): boolean {
    return this.#flushes.size > 0
  }

  /** A record that finds no room waits for it; until then `signal` takes it back. */
  track(outgoing: OutgoingRecord, signal: AbortSignal | undefined): Promise<DeliveryReport> {
    return new Promise((resolve, reject) => {
      const { clock, deliveryTimeoutMs, judgeSize, maxBufferedBytes, onFull } = this.#parts
      const sizeBytes = estimateRecordSize(outgoing)
      const tooLarge = judgeSize(outgoing, sizeBytes)
      if (tooLarge !== undefined) return reject(tooLarge)
      const hasRoom = this.#waiting.first === undefined && this.#fits(sizeBytes)
      if (!hasRoom && onFull === 'reject')
        return reject(fail('MILLRACE_PRODUCE_BUFFER_FULL', { topic: outgoing.topic, maxBufferedBytes }))
      const sentAt = clock.now()
      const { key, value, headers, timestamp = clock.wallNow() } = outgoing
      const tracked: Tracked = {
        outgoing,
        record: { key, value, timestamp, ...(headers === undefined ? {} : { headers }) },
        sizeBytes,
        sentAt,
        dueAt: sentAt + deliveryTimeoutMs,
        serial: ++this.#serial,
        isSettled: false,
        hasRoom: false,
        stopWaiting: undefined,
        resolve,
        reject,
      }
      this.#open.add(tracked)
      if (hasRoom) return this.#takeRoom(tracked)
      const leave = this.#waiting.join(tracked)
      const detach = signal === undefined ? undefined : onAbort(signal, () => this.refuse(tracked, signal.reason))
      tracked.stopWaiting = () => {
        tracked.stopWaiting = undefined
        leave()
        detach?.()
      }
    })
  }

  acknowledge(pending: PendingRecord, report: DeliveryReport): void {
    const tracked = trackedOf(pending)
    if (this.#close(tracked)) tracked.resolve(report)
    this.#admitWaiting()
  }

  refuse(pending: PendingRecord, error: unknown): void {
    const tracked = trackedOf(pending)
    if (this.#close(tracked)) tracked.reject(error)
    this.#admitWaiting()
  }

  /** Rejects what still waits for room and is due; returns when the next one is. */
  expireWaiting(now: number, error: (pending: PendingRecord) => unknown): number {
    let head = this.#waiting.first
    for (; head !== undefined && head.dueAt <= now; head = this.#waiting.first) this.refuse(head, error(head))
    return head?.dueAt ?? Number.POSITIVE_INFINITY
  }

  /**
   * Resolves when everything that was tracked before is answered.
   * @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` with what is unanswered after `timeoutMs`.
   */
  flush(timeoutMs: number | undefined): Promise<void> {
    return waitForFlush(this.#parts.clock, this.#flushes, { upTo: this.#serial, left: this.#open.size }, timeoutMs)
  }

  /** Rejects everything that is left. */
  abandon(error: (pending: PendingRecord) => unknown): void {
    this.#waiting = new WaitingLine()
    for (const tracked of this.#open) this.refuse(tracked, error(tracked))
  }

  /** A record larger than the whole buffer still goes, alone. */
  #fits(sizeBytes: number): boolean {
    return this.#bufferedBytes === 0 || this.#bufferedBytes + sizeBytes <= this.#parts.maxBufferedBytes
  }

  #takeRoom(tracked: Tracked): void {
    tracked.hasRoom = true
    tracked.stopWaiting?.()
    this.#bufferedBytes += tracked.sizeBytes
    this.#parts.accept(tracked)
  }

  /** Not nested: a record that is refused as soon as it is accepted makes room for the next one. */
  #admitWaiting(): void {
    if (this.#isAdmitting) return
    this.#isAdmitting = true
    let head = this.#waiting.first
    for (; head !== undefined && this.#fits(head.sizeBytes); head = this.#waiting.first) this.#takeRoom(head)
    this.#isAdmitting = false
  }

  /** True for the first answer only: a record whose time has passed may still be answered by its broker. */
  #close(tracked: Tracked): boolean {
    if (tracked.isSettled) return false
    tracked.isSettled = true
    tracked.stopWaiting?.()
    this.#open.delete(tracked)
    for (const flush of this.#flushes) {
      if (tracked.serial <= flush.upTo && --flush.left === 0) flush.done()
    }
    if (tracked.hasRoom) this.#bufferedBytes -= tracked.sizeBytes
    return true
  }
}

// Every PendingRecord is made by `track`; the narrower type only keeps its promise out of other hands.
const trackedOf = (pending: PendingRecord): Tracked => pending as Tracked

function onAbort(signal: AbortSignal, call: () => void): () => void {
  signal.addEventListener('abort', call, { once: true })
  return () => signal.removeEventListener('abort', call)
}

function waitForFlush(
  clock: Clock,
  flushes: Set<FlushWaiter>,
  { upTo, left }: { readonly upTo: number; readonly left: number },
  timeoutMs: number | undefined,
): Promise<void> {
  if (left === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const end = (): void => {
      timer?.cancel()
      flushes.delete(flush)
    }
    const flush: FlushWaiter = {
      upTo,
      left,
      done() {
        end()
        resolve()
      },
    }
    const timer =
      timeoutMs === undefined
        ? undefined // bounded by the delivery time of what it waits for
        : clock.after(timeoutMs, () => {
            end()
            reject(fail('MILLRACE_PRODUCE_FLUSH_TIMED_OUT', { unsent: flush.left, timeoutMs }))
          })
    flushes.add(flush)
  })
}
