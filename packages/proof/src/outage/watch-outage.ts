import { setTimeout as wait } from 'node:timers/promises'
import type { BrokerUnderTest } from '@millrace/testing'
import {
  createProducer,
  createTopicAdmin,
  createWorker,
  defineConsumer,
  handle,
  silentLogger,
  topic,
  utf8,
} from 'millrace'

export interface OutageOptions {
  /** Frozen: it accepts and answers nothing. Dead: nobody listens. */
  readonly how: 'frozen' | 'dead'
  readonly seconds: number
  readonly topic: string
  readonly signal: AbortSignal
}

export interface OutageFigures {
  /** How often both probes were asked while the broker was away. */
  readonly asked: number
  readonly alive: number
  readonly unready: number
  /** Of the worker, at the end of the outage. */
  readonly state: string
  readonly deaths: number
  /** From the return of the broker to the first record handled. */
  readonly backAfterMs: number
}

const tickMs = 500
const patienceMs = 90_000

/** Runs a worker through one outage, and asks its probes all the while. */
export async function watchOutage(broker: BrokerUnderTest, options: OutageOptions): Promise<OutageFigures> {
  const { control } = broker
  if (control === undefined) throw new Error('a broker that is not ours can not be hurt')
  const env = { KAFKA_BROKERS: broker.bootstrap.join(','), OPS_PORT: '0' }
  const admin = createTopicAdmin({ env, logger: silentLogger })
  const names = [options.topic, `${options.topic}.${options.topic}.dlq`]
  await admin.ensureTopics(names.map((name) => ({ name, partitions: 1, replication: 1 })))
  await admin.close()

  const Orders = topic(options.topic, { key: utf8, value: utf8 })
  let handled = Promise.withResolvers<void>()
  const charge = handle(Orders, { deadLetter: true }, () => handled.resolve())
  const consumers = [defineConsumer({ group: options.topic, handlers: [charge] })]
  const worker = createWorker({ consumers, env, logger: silentLogger })
  const orders = createProducer(Orders, { env, logger: silentLogger })
  try {
    await worker.start()
    await orders.send({ key: 'a', value: 'before' })
    await handled.promise
    handled = Promise.withResolvers()

    await hurt(control, options.how)
    const asked = await askProbes(`http://127.0.0.1:${worker.opsPort}`, options)
    const { state, groups } = worker.inspect()
    const backAt = performance.now()
    if (options.how === 'frozen') control.resume()
    else await control.restart()
    await Promise.race([sendUntilTaken(orders, patienceMs), wait(patienceMs)])
    await Promise.race([handled.promise, wait(patienceMs, undefined, { ref: false })])
    return { ...asked, state, deaths: groups[0]?.deaths ?? 0, backAfterMs: performance.now() - backAt }
  } finally {
    await orders.close().catch(() => undefined) // what it could not send is not what is asked here
    await worker.stop()
  }
}

async function hurt(control: NonNullable<BrokerUnderTest['control']>, how: OutageOptions['how']): Promise<void> {
  if (how === 'frozen') control.pause()
  else await control.kill()
}

async function askProbes(url: string, { seconds, signal }: OutageOptions) {
  const counts = { asked: 0, alive: 0, unready: 0 }
  const until = performance.now() + seconds * 1_000
  const statusOf = async (path: string): Promise<number> =>
    (await fetch(url + path, { signal: AbortSignal.timeout(1_000) }).catch(() => ({ status: 0 }))).status
  while (performance.now() < until) {
    const [livez, readyz] = await Promise.all([statusOf('/livez'), statusOf('/readyz')])
    counts.asked += 1
    if (livez === 200) counts.alive += 1
    if (readyz === 503) counts.unready += 1
    await wait(tickMs, undefined, { signal })
  }
  return counts
}

async function sendUntilTaken(
  orders: { send(message: { key: string; value: string }): Promise<unknown> },
  limitMs: number,
) {
  const until = performance.now() + limitMs
  while (performance.now() < until) {
    const isTaken = await orders.send({ key: 'a', value: 'after' }).then(
      () => true,
      () => false, // it is tried again until the limit
    )
    if (isTaken) return
  }
}
