import type { Logger } from '../observe/logger.js'
import type { RawRecord } from '../receive/record.js'

/** Why a signal aborted: the partition is going away, the time limit passed, or the worker stops. */
export type AbortReason = 'revoked' | 'timeout' | 'shutdown'

/** What a handler knows about the record it is handling. Everything that costs is made on first use. */
export interface MessageContext<Key = unknown> {
  /** `topic/partition/offset` of the first origin: stable over redelivery and over a redrive of the dead letter. */
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: Key | null
  readonly headers: MessageHeaders
  /** Epoch milliseconds. */
  readonly timestamp: number
  /** From 1. Redelivery after a crash or rebalance starts at 1 again. */
  readonly attempt: number
  readonly group: string
  /** Aborts with an `AbortReason` as its reason. Pass it on to fetch, database and timer calls. */
  readonly signal: AbortSignal
  /** When the time limit of this attempt passes, on the clock of `performance.now()`. */
  readonly deadline: number
  /** Carries topic, partition, offset, attempt and generation. */
  readonly log: Logger
  /** The raw record: bytes, header pairs in order. */
  readonly record: RawRecord
}

/** Headers as text. Names may repeat: `get` gives the last value, which is the one that counts. */
export interface MessageHeaders {
  get(name: string): string | undefined
  getAll(name: string): readonly string[]
}
