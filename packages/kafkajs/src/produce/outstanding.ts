import { type Clock, type DeliveryReport, fail, type OutgoingRecord } from '@millrace/core'
import { type BatchRecord, estimateRecordSize } from '../wire/encode-record-batch.js'
import type { Entry } from './accumulator.js'

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
  /** Takes the listener off the signal of a record that waits for room. */
  detach: (() => void) | undefined
  readonly serial: number
  readonly resolve: (report: DeliveryReport) => void
  readonly reject: (error: unknown) => void
}

export interface OutstandingParts {
  readonly clock: Clock
  readonly maxBufferedBytes: number
  readonly deliveryTimeoutMs: number
  /** The record has room: it is accepted and can't be recalled. Called in the order of `track`. */
  readonly accept: (pending: PendingRecord) => void
}

/** Every record that has no answer yet: the room they take, their promises, and who waits for them. */
export interface Outstanding {
  readonly count: number
  /** Somebody waits in `flush`. */
  readonly isFlushing: boolean
  /** A record that finds no room waits for it; until then `signal` takes it back. */
  track(outgoing: OutgoingRecord, signal: AbortSignal | undefined): Promise<DeliveryReport>
  acknowledge(pending: PendingRecord, report: DeliveryReport): void
  refuse(pending: PendingRecord, error: unknown): void
  /** Rejects what still waits for room and is due; returns when the next one is. */
  expireWaiting(now: number, error: (pending: PendingRecord) => unknown): number
  /** @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` with what is unanswered after `timeoutMs`. */
  flush(timeoutMs: number | undefined): Promise<void>
  /** Rejects everything that is left. */
  abandon(error: (pending: PendingRecord) => unknown): void
}

interface FlushWaiter {
  readonly upTo: number
  left: number
  readonly done: () => void
}

export function createOutstanding(parts: OutstandingParts): Outstanding {
  const { clock, maxBufferedBytes, deliveryTimeoutMs, accept } = parts
  const open = new Set<Tracked>()
  const flushes = new Set<FlushWaiter>()
  let waiting: Tracked[] = [] // for room, oldest at `firstWaiting`; settled ones are skipped
  let firstWaiting = 0
  let bufferedBytes = 0
  let serial = 0
  let isAdmitting = false

  // A record larger than the whole buffer still goes, alone.
  const fits = (sizeBytes: number): boolean => bufferedBytes === 0 || bufferedBytes + sizeBytes <= maxBufferedBytes

  function nextWaiting(): Tracked | undefined {
    while (waiting[firstWaiting]?.isSettled === true) firstWaiting += 1
    if (firstWaiting > 1000 && firstWaiting * 2 > waiting.length) {
      waiting = waiting.slice(firstWaiting)
      firstWaiting = 0
    }
    return waiting[firstWaiting]
  }

  function takeRoom(tracked: Tracked): void {
    tracked.hasRoom = true
    tracked.detach?.()
    bufferedBytes += tracked.sizeBytes
    accept(tracked)
  }

  // Not nested: a record that is refused as soon as it is accepted makes room for the next one.
  function admitWaiting(): void {
    if (isAdmitting) return
    isAdmitting = true
    for (let head = nextWaiting(); head !== undefined && fits(head.sizeBytes); head = nextWaiting()) {
      firstWaiting += 1
      takeRoom(head)
    }
    isAdmitting = false
  }

  /** True for the first answer only: a record whose time has passed may still be answered by its broker. */
  function close(tracked: Tracked): boolean {
    if (tracked.isSettled) return false
    tracked.isSettled = true
    tracked.detach?.()
    open.delete(tracked)
    for (const flush of flushes) {
      if (tracked.serial <= flush.upTo && --flush.left === 0) flush.done()
    }
    if (tracked.hasRoom) bufferedBytes -= tracked.sizeBytes
    return true
  }

  function reject(tracked: Tracked, error: unknown): void {
    if (close(tracked)) tracked.reject(error)
    admitWaiting()
  }

  return {
    get count() {
      return open.size
    },
    get isFlushing() {
      return flushes.size > 0
    },
    track: (outgoing, signal) =>
      new Promise((resolve, reject_) => {
        const sentAt = clock.now()
        const { key, value, headers, timestamp = clock.wallNow() } = outgoing
        const tracked: Tracked = {
          outgoing,
          record: { key, value, timestamp, ...(headers === undefined ? {} : { headers }) },
          sizeBytes: estimateRecordSize(outgoing),
          sentAt,
          dueAt: sentAt + deliveryTimeoutMs,
          serial: ++serial,
          isSettled: false,
          hasRoom: false,
          detach: undefined,
          resolve,
          reject: reject_,
        }
        open.add(tracked)
        if (nextWaiting() === undefined && fits(tracked.sizeBytes)) takeRoom(tracked)
        else {
          waiting.push(tracked)
          if (signal !== undefined) tracked.detach = onAbort(signal, () => reject(tracked, signal.reason))
        }
      }),
    acknowledge(pending, report) {
      const tracked = trackedOf(pending)
      if (close(tracked)) tracked.resolve(report)
      admitWaiting()
    },
    refuse: (pending, error) => reject(trackedOf(pending), error),
    expireWaiting(now, error) {
      let head = nextWaiting()
      for (; head !== undefined && head.dueAt <= now; head = nextWaiting()) reject(head, error(head))
      return head?.dueAt ?? Number.POSITIVE_INFINITY
    },
    flush: (timeoutMs) => waitForFlush(clock, flushes, { upTo: serial, left: open.size }, timeoutMs),
    abandon(error) {
      waiting = []
      firstWaiting = 0
      for (const tracked of open) reject(tracked, error(tracked))
    },
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
