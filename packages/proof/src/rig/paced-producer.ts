import { setTimeout as delay } from 'node:timers/promises'
import { type JavaProbe, machineNowMs, type SentRecord } from '@millrace/testing'
import type { PlannedRecord } from './plan-records.js'

export interface PacedProducer {
  /** What the broker has acknowledged with acks=all. */
  readonly sent: readonly SentRecord[]
  /** Lets so many more records flow. */
  release(count: number): void
  /** Releases the rest; resolves when all records are acknowledged. Rejects when one was refused. */
  finish(): Promise<void>
}

export interface ProducerOptions {
  readonly records: readonly PlannedRecord[]
  readonly perSecond: number
  /** How long Kafka's producer tries to deliver a record: longer than the broker is ever away. Default 30,000. */
  readonly deliveryTimeoutMs?: number | undefined
}

const chunkMs = 150
const mostChunks = 8

/** Sends planned records with Kafka's Java producer, in their order and at a pace, as far as they have been released. */
export function createPacedProducer(
  probe: Pick<JavaProbe, 'produce'>,
  topic: string,
  { records, perSecond, deliveryTimeoutMs }: ProducerOptions,
): PacedProducer {
  const sent: SentRecord[] = []
  const chunk = Math.ceil((perSecond * chunkMs) / 1000)
  let released = 0
  let flow = Promise.resolve()

  /** Whatever is due goes in one chunk, so that the pace is caught up with after the broker was away; bounded, to stay in order. */
  async function send(from: number, to: number): Promise<void> {
    const startedMs = performance.now()
    for (let at = from; at < to; ) {
      const dueMs = startedMs + ((at - from) / perSecond) * 1000
      await delay(Math.max(0, dueMs - performance.now()))
      const due = from + Math.floor(((performance.now() - startedMs) / 1000) * perSecond)
      const part = records.slice(at, Math.min(Math.max(at + chunk, Math.min(due, at + mostChunks * chunk)), to))
      const places = await probe.produce(
        topic,
        part.map(({ fixture }) => fixture),
        { timeoutMs: deliveryTimeoutMs },
      )
      const ackedAtMs = machineNowMs()
      part.forEach(({ id, key, sequence, kind }, index) => {
        const place = places[index]
        if (place === undefined) throw new Error(`no place of ${id}: ${places.length} of ${part.length} were told`)
        sent.push({ id, key, sequence, kind, topic, ackedAtMs, ...place })
      })
      at += part.length
    }
  }

  function release(count: number): void {
    const [from, to] = [released, Math.min(released + Math.ceil(count), records.length)]
    released = to
    flow = flow.then(() => send(from, to))
    flow.catch(() => undefined) // finish() rejects with it
  }
  return {
    sent,
    release,
    finish() {
      release(records.length - released)
      return flow
    },
  }
}
