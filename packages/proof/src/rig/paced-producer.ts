import { setTimeout as delay } from 'node:timers/promises'
import { type FixtureRecord, type Probe, machineNowMs, type SentRecord, uniqueName } from '@millrace/testing'
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
  /** Records that are sent beside them in transactions of their own, which are taken back: nobody may ever see them. */
  readonly aborted?: readonly FixtureRecord[] | undefined
}

const chunkMs = 150
const mostChunks = 8
const abortedAtOnce = 20
const abortedByBrokerMs = 5_000

/** Sends planned records with Kafka's Java producer, in their order and at a pace, as far as they have been released. */
export function createPacedProducer(
  probe: Pick<Probe, 'produce'>,
  topic: string,
  { records, perSecond, deliveryTimeoutMs, aborted = [] }: ProducerOptions,
): PacedProducer {
  const sent: SentRecord[] = []
  const abortUpTo = createAborts(probe, topic, aborted)
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
      await abortUpTo(Math.floor((aborted.length * at) / records.length))
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

/** Sends records and takes them back, as far as it is told: in batches of some size, for each of them is a transaction. */
function createAborts(probe: Pick<Probe, 'produce'>, topic: string, aborted: readonly FixtureRecord[]) {
  const id = uniqueName('taken-back')
  let done = 0
  return async (wanted: number): Promise<void> => {
    if (wanted - done < Math.min(abortedAtOnce, aborted.length - done) || wanted === done) return
    const part = aborted.slice(done, wanted)
    done = wanted
    const transaction = { id, outcome: 'abort' } as const
    const properties = { 'transaction.timeout.ms': String(abortedByBrokerMs) }
    // What can't be taken back now, because the broker is away, the broker takes back when the time limit has passed.
    await probe.produce(topic, part, { transaction, properties }).catch(() => undefined)
  }
}
