import type { OutgoingRecord } from '../produce/sender.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { Watermark } from './watermark.js'

/** A record whose outcome is known, and whose outputs wait to be stored together with its offset. */
export interface DecidedRecord {
  readonly record: ReceivedRecord
  readonly as: 'processed' | 'retried' | 'dead-lettered' | 'skipped'
  readonly outputs: readonly OutgoingRecord[]
  /** Of the record and its outputs. */
  readonly bytes: number
}

/** What goes into one transaction: whole records, and the offset behind the last of them. */
export interface DecidedPrefix {
  readonly entries: readonly DecidedRecord[]
  /** The next offset such that everything before it is decided, as a distance from the lease's first. */
  readonly end: number
}

export interface TakeLimits {
  /** Records. */
  readonly atMost?: number
  /** This one, and what comes after it, stays. */
  readonly before?: ReceivedRecord | undefined
}

interface Entry extends DecidedRecord {
  /** It was the lowest open record when it was decided: in its place whatever the numbers are, also in a log that began anew. */
  readonly wasNext: boolean
}

/**
 * The decided records of one lease, in the order in which they were decided, so in the order of each lane. Only the
 * contiguous prefix is ever taken; what was decided above a gap waits until the gap is closed.
 *
 * States: `waiting` grows by `add`; `take` moves the prefix to `taken`, from where `settle` lets it go for good and
 * `restore` puts it back in front. No clock, no I/O.
 */
export class DecidedRecords {
  readonly #decided = new Watermark()
  #waiting: Entry[] = []
  #taken: { readonly entries: readonly Entry[]; readonly end: number } | undefined
  /** Nothing from this record on can be stored in this lease. */
  #haltedAt: number | undefined
  /** Everything before it is stored. */
  settledEnd = 0

  /** How many records are decided and not stored. */
  get size(): number {
    return this.#waiting.length + (this.#taken?.entries.length ?? 0)
  }

  /** The next offset such that everything before it is decided and may be stored. */
  get end(): number {
    const { committable } = this.#decided
    return this.#haltedAt === undefined ? committable : Math.min(committable, this.#haltedAt)
  }

  get isHalted(): boolean {
    return this.#haltedAt !== undefined
  }

  /** Whether there is anything that a transaction would let go of. */
  get hasPrefix(): boolean {
    return this.#taken !== undefined || this.#waiting.some((entry) => this.#isInPrefix(entry))
  }

  /** How many records a transaction could take now, up to this one. */
  ready(before?: ReceivedRecord): number {
    const prefix = this.#waiting.filter((entry) => this.#isInPrefix(entry))
    const held = before === undefined ? -1 : prefix.findIndex(({ record }) => record === before)
    return held < 0 ? prefix.length : held
  }

  receive(delta: number): void {
    this.#decided.receive(delta)
  }

  closeBatch(end: number): void {
    this.#decided.closeBatch(end)
  }

  add(record: ReceivedRecord, as: DecidedRecord['as'], outputs: readonly OutgoingRecord[], bytes: number): void {
    const wasNext = record.delta === this.#decided.committable
    this.#decided.settle(record.delta)
    this.#waiting.push({ record, as, outputs, bytes, wasNext })
  }

  /**
   * The prefix as it is now, or as much of it as the limits leave; undefined where nothing has moved, or while another one
   * is out.
   */
  take({ atMost = Infinity, before }: TakeLimits = {}): DecidedPrefix | undefined {
    if (this.#taken !== undefined) return undefined
    const prefix = this.#waiting.filter((entry) => this.#isInPrefix(entry))
    const cut = cutOf(prefix, atMost, before)
    const end = cut === undefined ? this.end : cut.record.delta
    const entries = cut === undefined ? prefix : prefix.slice(0, prefix.indexOf(cut))
    if (entries.length === 0 && (cut !== undefined || end === this.settledEnd)) return undefined
    if (entries.length > 0) {
      const isTaken = new Set(entries)
      this.#waiting = this.#waiting.filter((entry) => !isTaken.has(entry))
    }
    this.#taken = { entries, end }
    return this.#taken
  }

  /** Whether it is still here, and not out. */
  isWaiting({ record }: DecidedRecord): boolean {
    return this.#waiting.some((entry) => entry.record === record)
  }

  /** What was taken is stored. */
  settle(): readonly DecidedRecord[] {
    const taken = this.#taken
    if (taken === undefined) return []
    this.#taken = undefined
    this.settledEnd = taken.end
    return taken.entries
  }

  /** What was taken is not stored: it goes into the next transaction, in front of what was decided since. */
  restore(): void {
    if (this.#taken !== undefined) this.#waiting = [...this.#taken.entries, ...this.#waiting]
    this.#taken = undefined
  }

  /** The outputs of a waiting record are others now, in the same place. */
  replace({ record }: DecidedRecord, as: DecidedRecord['as'], outputs: readonly OutgoingRecord[], bytes: number): void {
    this.#waiting = this.#waiting.map((entry) => (entry.record === record ? { ...entry, as, outputs, bytes } : entry))
  }

  /** The prefix ends at this record for good. Forgets it and everything that can't be stored without it, and returns that. */
  halt({ record }: DecidedRecord): readonly DecidedRecord[] {
    this.#haltedAt = Math.min(record.delta, this.#haltedAt ?? record.delta)
    const stuck = this.#waiting.filter((entry) => !this.#isInPrefix(entry))
    this.#waiting = this.#waiting.filter((entry) => this.#isInPrefix(entry))
    return stuck
  }

  /** Forgets everything, and returns what it was. */
  clear(): readonly DecidedRecord[] {
    this.restore()
    const left = this.#waiting
    this.#waiting = []
    return left
  }

  #isInPrefix({ record, wasNext }: Entry): boolean {
    if (this.#haltedAt !== undefined && record.delta >= this.#haltedAt) return false
    return wasNext || record.delta < this.#decided.committable
  }
}

/**
 * The first record that stays. Where records were decided in another order than that of their offsets, no place in the list is
 * a place in the log: then all of them go.
 */
function cutOf(prefix: readonly Entry[], atMost: number, before: ReceivedRecord | undefined): Entry | undefined {
  const held = before === undefined ? -1 : prefix.findIndex(({ record }) => record === before)
  const cut = prefix[held < 0 ? atMost : Math.min(held, atMost)]
  const isAscending = prefix.every(({ record }, at) => record.delta > (prefix[at - 1]?.record.delta ?? -Infinity))
  return isAscending ? cut : undefined
}
