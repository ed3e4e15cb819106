import { setTimeout as delay } from 'node:timers/promises'
import { defineConsumer, handle, json, topic, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import { createInProcessWorkers, type InProcessWorker } from '../rig/in-process-workers.js'
import type { ProofCluster } from '../rig/proof-rig.js'
import { until } from '../rig/until.js'
import { type HandledOnce, measureRoll, type RollFigures } from './measure-roll.js'
import { startTicking } from './tick-records.js'

export interface RollOptions {
  /** Whether each worker has an instance id, as from its pod, and is static. */
  readonly isStatic: boolean
  readonly workers: number
  readonly partitions: number
  /** How long a worker is away between its stop and its next start, ms: a pod that is replaced. */
  readonly restartMs: number
  /** How long records flow before the first stop and after each start, ms. */
  readonly settleMs: number
  /** Between two records of one partition, ms. */
  readonly tickMs: number
  readonly signal?: AbortSignal
}

const limitMs = 60_000

/** Stops and starts one worker after the other, as a deploy does, while records flow into every partition at a steady pace. */
export async function rollWorkers(
  { bootstrap, admin }: Pick<ProofCluster, 'bootstrap' | 'admin'>,
  { isStatic, workers: count, partitions, restartMs, settleMs, tickMs, signal }: RollOptions,
): Promise<RollFigures> {
  const [name, group] = [uniqueName('roll'), uniqueName('roll')]
  await admin.createTopic(name, { partitions })
  const handled: HandledOnce[] = []
  const restarts: { readonly pod: string; readonly fromMs: number; readonly toMs: number }[] = []
  let othersRejoined = 0
  const workers = createInProcessWorkers(bootstrap)

  const start = (pod: string): Promise<InProcessWorker> => {
    const note = (index: unknown, { partition }: { readonly partition: number }): void => {
      if (typeof index === 'number') handled.push({ pod, partition, index, atMs: performance.now() })
    }
    const Ticks = topic(name, { key: utf8, value: json() })
    return workers.start({
      consumers: [defineConsumer({ group, handlers: [handle(Ticks, { onExhausted: 'halt' }, note)] })],
      ...(isStatic ? { instanceId: pod } : {}),
    })
  }
  const pods = Array.from({ length: count }, (_, at) => `pod-${at}`)
  const running = new Map<string, InProcessWorker>()
  const joinsOf = (worker: InProcessWorker): number => worker.events('member.joined').length
  const owned = (): number =>
    [...running.values()].reduce((sum, one) => sum + (one.events('member.joined').at(-1)?.partitions.length ?? 0), 0)
  const everyPartitionIsOwned = (): Promise<true> =>
    until('every partition has its worker', () => owned() === partitions || undefined, { limitMs, everyMs: 10 })

  for (const pod of pods) running.set(pod, await start(pod))
  const driver = createKafkajsDriver({ brokers: bootstrap })
  const ticking = startTicking(await driver.openSender(), { topic: name, partitions, tickMs })
  try {
    await everyPartitionIsOwned()
    await delay(settleMs, undefined, { signal })
    const beganMs = performance.now()
    for (const pod of pods) {
      const others = [...running].filter(([other]) => other !== pod).map(([, worker]) => worker)
      const before = others.map(joinsOf)
      const fromMs = performance.now()
      await running.get(pod)?.stop()
      await delay(restartMs, undefined, { signal })
      const back = await start(pod)
      running.set(pod, back)
      await everyPartitionIsOwned()
      restarts.push({ pod, fromMs, toMs: performance.now() })
      await delay(settleMs, undefined, { signal })
      for (const [at, other] of others.entries()) othersRejoined += joinsOf(other) - (before[at] ?? 0)
    }
    const tookMs = performance.now() - beganMs
    const sent = await ticking.stop()
    await until('every record is handled', () => handled.length >= sent || undefined, { limitMs }).catch(
      () => undefined, // what is missing is counted below
    )
    return { ...measureRoll({ handled, restarts, sent, tickMs }), othersRejoined, tookMs }
  } finally {
    await ticking.stop()
    await workers.stopAll()
    await driver.close()
  }
}
