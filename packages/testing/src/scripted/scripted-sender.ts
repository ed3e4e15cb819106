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
export function createScriptedSender({
  topics,
  gate,
  clock,
  deliveryTimeoutMs,
  ensureTopic,
  stored,
}: SenderParts): Sender {
  const open = new Set<Promise<unknown>>()
  const closing = new AbortController()

  function store(record: OutgoingRecord): DeliveryReport {
    const { topic, key, value, headers = [], timestamp = clock.wallNow() } = record
    ensureTopic(topic)
    const target = topics.get(topic)
    const partition = target?.partitionOf(record) ?? record.partition ?? -1
    const refuse = (reason: string) => fail('MILLRACE_PRODUCE_REFUSED', { topic, partition, reason })
    if (target === undefined) throw refuse('the topic does not exist')
    if (target.partitions[partition] === undefined) throw refuse('the partition does not exist')
    const limit = target.description.maxMessageBytes
    if (limit !== undefined && sizeOf({ key, value, headers }) > limit) throw refuse('the record is too large')
    const at = topics.append(topic, { key, value, headers, timestamp, partition, origin: 'sender' })
    stored()
    return at
  }

  function deliver(record: OutgoingRecord): DeliveryReport {
    const failure = gate.takeFailure(record)
    if (failure === undefined) return store(record)
    if (failure.isStored) store(record)
    throw failure.error ?? fail('MILLRACE_PRODUCE_TIMED_OUT', { topic: record.topic, deliveryTimeoutMs })
  }

  async function sendHeld(record: OutgoingRecord, signal?: AbortSignal): Promise<DeliveryReport> {
    const signals = signal === undefined ? [closing.signal] : [closing.signal, signal]
    const end = await gate.wait(record, { signals, limitMs: deliveryTimeoutMs })
    if (closing.signal.aborted) throw fail('MILLRACE_PRODUCE_CLOSED', {})
    if (end === 'timed-out' || end === 'aborted') {
      throw fail('MILLRACE_PRODUCE_TIMED_OUT', { topic: record.topic, deliveryTimeoutMs })
    }
    return deliver(record)
  }

  async function flush({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<void> {
    const inTime = new AbortController()
    const limit = timeoutMs === undefined ? undefined : clock.wait(timeoutMs, inTime.signal)
    const all = Promise.allSettled(open)
    await (limit === undefined ? all : Promise.race([all, limit]))
    inTime.abort()
    if (open.size > 0) throw fail('MILLRACE_PRODUCE_FLUSH_TIMED_OUT', { unsent: open.size, timeoutMs: timeoutMs ?? 0 })
  }

  return {
    async send(record, signal) {
      if (closing.signal.aborted) throw fail('MILLRACE_PRODUCE_CLOSED', {})
      const sending = sendHeld(record, signal)
      open.add(sending)
      try {
        return await sending
      } finally {
        open.delete(sending)
      }
    },
    flush,
    async close(options = {}) {
      if (closing.signal.aborted) return
      try {
        await flush({ timeoutMs: options.timeoutMs ?? deliveryTimeoutMs })
      } finally {
        closing.abort()
      }
    },
  }
}
