import { setTimeout as delay } from 'node:timers/promises'
import { createWorker, defineConsumer, handle, json, topic, utf8, type Worker } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { checkLedger, uniqueName } from '@millrace/testing'
import type { ProofCluster } from '../rig/proof-rig.js'
import { until } from '../rig/until.js'
import { asFewHandlesAs } from './as-few-handles.js'
import { type Sample, takeSample } from './take-sample.js'

export interface StormOptions {
  /** Two per round: a guest joins, and leaves again. */
  readonly rebalances: number
  /** A round takes at least so long. Default 0: as fast as the group goes. */
  readonly roundMs?: number
  readonly roundsPerSample: number
  readonly onSample?: (sample: Sample) => void
  readonly signal?: AbortSignal
}

export interface Storm {
  /** As the worker that stayed has seen them. */
  readonly rebalances: number
  readonly samples: readonly Sample[]
  readonly records: number
  /** Everything that is wrong beside the samples: records, ledgers, warnings of the process. */
  readonly wrong: readonly string[]
}

const partitions = 6
const perRound = 24
const limitMs = 60_000

/**
 * A worker that stays and a guest that comes and goes, in this process, while records flow: each round is two rebalances
 * of the one that stays. The state of the process is sampled while it is alone.
 */
export async function rebalanceStorm(cluster: ProofCluster, options: StormOptions): Promise<Storm> {
  const { rebalances, roundMs = 0, roundsPerSample, onSample, signal } = options
  const { admin, probe, bootstrap } = cluster
  const rounds = Math.ceil(rebalances / 2)
  const [name, group] = [uniqueName('storm'), uniqueName('storm')]
  await admin.createTopic(name, { partitions })
  // A counter per record, made before: nothing of the rig grows while the memory is watched.
  const handled = new Uint8Array(rounds * perRound)
  const warnings: string[] = []
  const guestFaults: string[] = []
  const onWarning = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', onWarning)

  const open = (clientId: string): StormWorker => openWorker(clientId, { bootstrap, name, group, handled })
  const resident = open('resident')
  const samples: Sample[] = []
  let wrong: readonly string[]
  try {
    await resident.start(partitions)
    const startedMs = performance.now()
    for (let round = 0; round < rounds; round += 1) {
      signal?.throwIfAborted()
      const sending = probe.produce(name, recordsOf(round))
      const guest = open('guest')
      try {
        await guest.start(1)
        // Else the guest may leave before the one that stays has seen it, and two rebalances are one.
        await resident.owns(partitions / 2)
        await sending
      } finally {
        await guest.stop()
      }
      guestFaults.push(...guest.wrong())
      await resident.owns(partitions)
      if (round % roundsPerSample === roundsPerSample - 1) {
        await asFewHandlesAs(samples.at(-1))
        const sample = takeSample(resident.rebalances(), performance.now() - startedMs)
        samples.push(sample)
        onSample?.(sample)
      }
      await delay(Math.max(0, startedMs + (round + 1) * roundMs - performance.now()), undefined, { signal })
    }
    await until('every record is handled', () => (handled.includes(0) ? undefined : true), { limitMs }).catch(
      () => undefined, // what is missing is counted below
    )
    wrong = [...wrongCounts(handled), ...warnings.map((text) => `the process warned: ${text}`)]
  } finally {
    await resident.stop()
    process.off('warning', onWarning)
  }
  return {
    rebalances: resident.rebalances(),
    samples,
    records: handled.length,
    wrong: [...wrong, ...guestFaults, ...resident.wrong()],
  }
}

interface StormWorker {
  /** Resolves when it has joined and owns at least so many partitions. */
  start(atLeast: number): Promise<void>
  owns(count: number): Promise<void>
  stop(): Promise<void>
  /** Not counting the first join. */
  rebalances(): number
  wrong(): readonly string[]
}

interface StormParts {
  readonly bootstrap: readonly string[]
  readonly name: string
  readonly group: string
  readonly handled: Uint8Array
}

function openWorker(clientId: string, { bootstrap, name, group, handled }: StormParts): StormWorker {
  let owned = 0
  let joins = 0
  const count = (index: unknown): void => {
    if (typeof index === 'number') handled[index] = (handled[index] ?? 0) + 1
  }
  const worker: Worker = createWorker({
    driver: createKafkajsDriver({ brokers: bootstrap, clientId }),
    ...{ sessionTimeout: '10s', heartbeatInterval: '100ms', commitInterval: '50ms' },
    consumers: [
      defineConsumer({
        group,
        handlers: [handle(topic(name, { key: utf8, value: json() }), { onExhausted: 'halt' }, count)],
      }),
    ],
  })
  worker.on('member.joined', (event) => {
    owned = event.partitions.length
    joins += 1
  })
  const owns = async (wanted: (partitions: number) => boolean): Promise<void> => {
    await until(`${clientId} owns its partitions`, () => wanted(owned) || undefined, { limitMs, everyMs: 10 })
  }
  return {
    async start(atLeast) {
      await worker.start()
      await owns((partitionsNow) => partitionsNow >= atLeast)
    },
    owns: (wanted) => owns((partitionsNow) => partitionsNow === wanted),
    async stop() {
      await worker.stop()
    },
    rebalances: () => joins - 1,
    wrong: () => checkLedger(worker.inspect()).map(({ text }) => text),
  }
}

const recordsOf = (round: number) =>
  Array.from({ length: perRound }, (_, at) => {
    const index = round * perRound + at
    return { partition: at % partitions, key: String(index), value: JSON.stringify(index) }
  })

/** All rounds are graceful: each record is handled once. */
function wrongCounts(handled: Uint8Array): readonly string[] {
  const lost = handled.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0)
  const again = handled.reduce((sum, times) => sum + (times > 1 ? 1 : 0), 0)
  return [
    ...(lost === 0 ? [] : [`${lost} records were never handled`]),
    ...(again === 0 ? [] : [`${again} records were handled more than once`]),
  ]
}
