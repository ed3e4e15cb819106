import {
  type DeliveryReport,
  isMillraceError,
  type OutgoingRecord,
  type SenderOptions,
  silentLogger,
} from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import { SendLoop } from '../send-loop.js'
import { createScriptedCluster } from './scripted-cluster.js'

const defaults: SenderOptions = {
  lingerMs: 5,
  maxBatchBytes: 64_000,
  compression: 'none',
  deliveryTimeoutMs: 30_000,
  maxBufferedBytes: 1_000_000,
  onFull: 'wait',
}

/** A send loop on a scripted cluster, with time that stands still. */
export function setup(topics: Readonly<Record<string, number>> = { t: 2 }, options: Partial<SenderOptions> = {}) {
  const clock = createManualClock()
  const cluster = createScriptedCluster(topics)
  const said: string[] = []
  const say = (_facts: object, text: string): void => void said.push(text)
  const loop = new SendLoop({
    links: cluster.links,
    clock,
    logger: { ...silentLogger, info: say, warn: say },
    random: () => 0.5,
    options: { ...defaults, ...options },
    overrides: {},
    replicaTimeoutMs: 8_000,
  })
  /** Sends and remembers how it ended: a report, an error code, or undefined while it is open. */
  const send = (value: string, record: Partial<OutgoingRecord> = {}, signal?: AbortSignal) => {
    const sent: { value: string; report?: DeliveryReport; error?: unknown; code?: string } = { value }
    const outgoing = { topic: 't', partition: 0, key: null, value: Buffer.from(value), ...record }
    loop.send(outgoing, signal).then(
      (report) => (sent.report = report),
      (error) => {
        sent.error = error
        sent.code = isMillraceError(error) ? error.code : 'other'
      },
    )
    return sent
  }
  const values = (partition = 0, topic = 't') => cluster.log(topic, partition).map(({ value }) => value)
  /** Metadata and a producer id are known afterwards. */
  const warmUp = async () => {
    send('warm-up', { partition: 1 })
    await clock.settle()
    cluster.requests.length = 0
  }
  return { clock, cluster, loop, said, send, values, warmUp }
}

/** Closes the gate for answers; the returned function opens it. */
export function hold(cluster: ReturnType<typeof createScriptedCluster>): () => void {
  let open = (): void => undefined
  cluster.gate = new Promise((resolve) => {
    open = () => {
      cluster.gate = undefined
      resolve()
    }
  })
  return () => open()
}
