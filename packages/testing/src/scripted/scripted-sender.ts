import { type Clock, type DeliveryReport, fail, type OutgoingRecord, type Sender } from '@millrace/core'
import type { Gate } from './gate.js'
import { sizeOf } from './partition-log.js'
import type { ScriptedTopics } from './scripted-topics.js'

export interface PlannedSendFailure {
  readonly error?: Error | undefined
  /** Stored all the same, as when the answer of the broker was lost. */
  readonly isStored: boolean
}

interface SenderParts {
  readonly topics: ScriptedTopics
  readonly gate: Gate<OutgoingRecord, PlannedSendFailure>
  readonly clock: Clock
  readonly deliveryTimeoutMs: number
  /** Creates a topic that is missing, where the driver is to. */
  readonly ensureTopic: (name: string) => void
  /** Called when a record was stored. */
  readonly stored: () => void
}

/** A sender that writes into the topics of a scripted driver: stored and acknowledged in the same call, unless a test says otherwise. */
export class ScriptedSender implements Sender {
  readonly #parts: SenderParts
  readonly #open = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  async send(record: OutgoingRecord, signal?: AbortSignal): Promise<DeliveryReport> {
    if (this.#closing.signal.aborted) throw fail('MILLRACE_PRODUCE_CLOSED', {})
    signal?.throwIfAborted()
    const sending = this.#sendThroughGate(record, signal)
    this.#open.add(sending)
    try {
      return await sending
    } finally {
      this.#open.delete(sending)
    }
  }

  async flush({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<void> {
    const answered = new AbortController()
    const all = Promise.allSettled(this.#open).finally(() => answered.abort())
    const limitMs = timeoutMs ?? this.#parts.deliveryTimeoutMs
    await Promise.race([all, this.#parts.clock.wait(limitMs, answered.signal)])
    const unsent = this.#open.size
    if (unsent > 0) throw fail('MILLRACE_PRODUCE_FLUSH_TIMED_OUT', { unsent, timeoutMs: limitMs })
  }

  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.#closing.signal.aborted) return
    try {
      await this.flush(options)
    } finally {
      this.#closing.abort()
    }
  }

  async #sendThroughGate(record: OutgoingRecord, signal?: AbortSignal): Promise<DeliveryReport> {
    const { gate, deliveryTimeoutMs } = this.#parts
    const closing = this.#closing.signal
    const signals = signal === undefined ? [closing] : [closing, signal]
    const end = await gate.wait(record, { signals, limitMs: deliveryTimeoutMs })
    if (closing.aborted) throw fail('MILLRACE_PRODUCE_CLOSED', {})
    const timedOut = () => fail('MILLRACE_PRODUCE_TIMED_OUT', { topic: record.topic, deliveryTimeoutMs })
    if (end === 'timed-out' || end === 'aborted') throw timedOut()

    const failure = gate.takeFailure(record)
    if (failure === undefined) return this.#store(record)
    if (failure.isStored) this.#store(record)
    throw failure.error ?? timedOut()
  }

  #store(record: OutgoingRecord): DeliveryReport {
    const { topics, clock, stored } = this.#parts
    const { topic, partition } = placeOf(record, this.#parts)
    const { key, value, headers = [], timestamp = clock.wallNow() } = record
    const at = topics.append(topic, { key, value, headers, timestamp, partition, origin: 'sender' })
    stored()
    return { ...at, timestamp }
  }
}

/**
 * Where a record belongs.
 * @throws MillraceError `MILLRACE_PRODUCE_REFUSED`, `MILLRACE_PRODUCE_RECORD_INVALID`, `MILLRACE_PRODUCE_TOO_LARGE`
 */
export function placeOf(
  record: OutgoingRecord,
  { topics, ensureTopic }: Pick<SenderParts, 'topics' | 'ensureTopic'>,
): { readonly topic: string; readonly partition: number } {
  const { topic, key, value, headers = [] } = record
  ensureTopic(topic)
  const target = topics.get(topic)
  const partition = target?.partitionOf(record) ?? record.partition ?? -1
  if (target === undefined)
    throw fail('MILLRACE_PRODUCE_REFUSED', { topic, partition, reason: 'the topic does not exist' })
  if (target.partitions[partition] === undefined)
    throw fail('MILLRACE_PRODUCE_RECORD_INVALID', { topic, partition, reason: 'the partition does not exist' })
  const limit = target.description.maxMessageBytes
  const bytes = sizeOf({ key, value, headers })
  if (limit !== undefined && bytes > limit) throw fail('MILLRACE_PRODUCE_TOO_LARGE', { topic, partition, bytes, limit })
  return { topic, partition }
}
