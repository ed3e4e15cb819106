import { fail, type Lease } from '@millrace/core'
import { createPartitionHealth } from './partition-health.js'
import { type LeasePhase, nextLeasePhase } from './states.js'

export interface LeaseStart {
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly startOffset: bigint
  /** Undefined while the log could not be asked: the first answer then moves the lease from `startOffset` to where it begins. */
  readonly position: bigint | undefined
  /** Where it begins while its position is unknown. */
  readonly startFrom: 'earliest' | 'latest'
  readonly restart: bigint | undefined
}

/** A fetch that waits is ended when its topic is deleted; who has not fetched for so long would not hear of it. */
const SUSPICIOUS_PAUSE_MS = 1000

/** One lease, with what the fetch loop has to know about it. */
export class PartitionLease implements Lease {
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly startOffset: bigint
  readonly startFrom: 'earliest' | 'latest'
  readonly health = createPartitionHealth()
  /** The next offset to fetch. */
  position: bigint | undefined
  /** Counts the seeks: an answer to a request of an earlier era is dropped. */
  era = 0
  /** End of the log in the last answer that was handed over; undefined before the first. */
  handedEnd: bigint | undefined
  /** Whether a look-up of where to go on is under way. */
  isLocating = false
  /** Of the topic that its position is in; undefined where nobody could tell. */
  topicId: string | undefined
  /** It failed, or nobody asked for a while: its topic may have been deleted and created again. Looked up before the next fetch. */
  isSuspect = false
  /** It was: its position means nothing in the log that is there now. */
  isReplaced = false
  /** The id that it has now, as far as anybody has looked. */
  seenTopicId: string | undefined
  /** Since when its leader has said that the log ends below its position. */
  behindSinceMs: number | undefined
  /** Where its log began again, until the group has that as its offset: it counts more than what the group has. */
  restart: bigint | undefined
  #phase: LeasePhase = 'open'
  #pausedAtMs: number | undefined
  #handedTo: bigint
  #onRoom: () => void = () => undefined

  constructor(start: LeaseStart) {
    this.topic = start.topic
    this.partition = start.partition
    this.epoch = start.epoch
    this.startOffset = start.startOffset
    this.startFrom = start.startFrom
    this.position = start.position
    this.restart = start.restart
    this.#handedTo = start.startOffset
  }

  /** The furthest offset that may be committed: everything before it was handed over, or sought past. */
  get handedTo(): bigint {
    return this.#handedTo
  }

  handOver(nextOffset: bigint): void {
    this.behindSinceMs = undefined
    if (nextOffset > this.#handedTo) this.#handedTo = nextOffset
  }

  /** Its position is in the log that is there now. */
  adopt(): void {
    if (this.isReplaced) this.topicId = this.seenTopicId
    this.isReplaced = false
  }

  /** What somebody found who asked for the id of its topic; undefined where the topic or the broker has none. */
  see(topicId: string | undefined): void {
    this.isSuspect = false
    this.topicId ??= topicId
    this.seenTopicId = topicId
    this.isReplaced = topicId !== undefined && topicId !== this.topicId
  }

  get isLive(): boolean {
    return this.#phase !== 'ended'
  }

  /** Whether the fetch loop may ask for it. */
  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  get pausedAtMs(): number | undefined {
    return this.#pausedAtMs
  }

  pause(): void {
    this.#pausedAtMs ??= performance.now()
  }

  resume(): void {
    if (this.#pausedAtMs === undefined) return
    if (performance.now() - this.#pausedAtMs >= SUSPICIOUS_PAUSE_MS) this.isSuspect = true
    this.#pausedAtMs = undefined
    this.#onRoom()
  }

  seek(offset: bigint): void {
    if (!this.isLive) throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: this.topic, partition: this.partition })
    this.position = offset
    this.restart = undefined
    this.handOver(offset)
    this.era += 1
    this.#onRoom()
  }

  /** Told when it can be fetched for again. */
  whenRoom(call: () => void): void {
    this.#onRoom = call
  }

  drain(): void {
    this.#phase = nextLeasePhase(this.#phase, 'drain')
  }

  end(): void {
    this.#phase = nextLeasePhase(this.#phase, 'end')
  }
}
