import { setTimeout as delay } from 'node:timers/promises'
import { createWorker, defineConsumer, json, topic, transform, type TransactionalSender, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { checkLedger, checkTransactionsFinished, uniqueName } from '@millrace/testing'
import type { ProofCluster } from '../rig/proof-rig.js'
import { until } from '../rig/until.js'
import { asFewHandlesAs } from './as-few-handles.js'
import { type Sample, takeSample } from './take-sample.js'

export interface TransactionStormOptions {
  /** Of the pipeline. A plain transactional producer beside it makes fewer, and aborts every second one of its own. */
  readonly transactions: number
  readonly perSample: number
  readonly onSample?: (sample: Sample) => void
  readonly signal?: AbortSignal
}

export interface TransactionStorm {
  /** By the pipeline. */
  readonly committed: number
  /** By the plain producer, committed or aborted. */
  readonly plain: number
  readonly records: number
  readonly samples: readonly Sample[]
  /** Everything that is wrong beside the samples. */
  readonly wrong: readonly string[]
}

interface Names {
  readonly source: string
  readonly sink: string
  readonly group: string
}

const partitions = 3
const perRound = 150
const plainPerRound = 4
const limitMs = 60_000
/** So long that a transaction holds a record or two: they follow each other at once, with as little in each as possible. */
const handlerMs = 4

/** A pipeline that commits transaction after transaction in this process, whose state is sampled while it is idle. */
export async function transactionStorm(
  cluster: ProofCluster,
  { transactions, perSample, onSample, signal = new AbortController().signal }: TransactionStormOptions,
): Promise<TransactionStorm> {
  const names = { source: uniqueName('storm'), sink: uniqueName('storm-out'), group: uniqueName('storm') }
  await cluster.admin.createTopic(names.source, { partitions })
  await cluster.admin.createTopic(names.sink, { partitions })
  const driver = createKafkajsDriver({ brokers: cluster.bootstrap, clientId: 'storm' })
  const transactional = { transactionalId: `${names.group}-plain`, transactionTimeoutMs: 15_000 }
  const sender = await driver.openTransactions(transactional, signal)
  const pipeline = openPipeline(driver, names)
  const samples: Sample[] = []
  let [records, plain] = [0, 0]
  try {
    await pipeline.worker.start()
    const startedMs = performance.now()
    for (let sampledAt = 0; pipeline.committed() < transactions; ) {
      signal.throwIfAborted()
      await cluster.probe.produce(names.source, recordsOf(records))
      records += perRound
      await plainTransactions(sender, names.sink, plain)
      plain += plainPerRound
      const isDone = (): true | undefined => (pipeline.processed() >= records ? true : undefined)
      await until('every record is settled', isDone, { limitMs, everyMs: 5 })
      if (pipeline.committed() < sampledAt + perSample) continue
      sampledAt = pipeline.committed()
      await asFewHandlesAs(samples.at(-1))
      const sample = takeSample(sampledAt, performance.now() - startedMs)
      samples.push(sample)
      onSample?.(sample)
    }
  } finally {
    await Promise.all([pipeline.close(), sender.close()])
    await driver.close()
  }
  const wrong = [...pipeline.wrong(records), ...(await wrongIn(cluster, names, { records, plain }))]
  return { committed: pipeline.committed(), plain, records, samples, wrong }
}

function openPipeline(driver: ReturnType<typeof createKafkajsDriver>, { source, sink, group }: Names) {
  let [committed, handled] = [0, 0]
  const notes: string[] = []
  const Source = topic(source, { key: utf8, value: json() })
  const Sink = topic(sink, { key: utf8, value: json() })
  const pass = async (value: unknown): Promise<{ readonly value: unknown }> => {
    await delay(handlerMs)
    handled += 1
    return { value }
  }
  const worker = createWorker({
    driver,
    ...{ transactionInterval: '10ms', transactionRecords: 1 },
    consumers: [defineConsumer({ group, handlers: [transform(Source, { to: Sink, onExhausted: 'halt' }, pass)] })],
  })
  worker.on('transaction.committed', () => void (committed += 1))
  worker.on('transaction.aborted', ({ error }) => void notes.push(`a transaction was aborted: ${String(error)}`))
  worker.on('transaction.fenced', ({ error }) => void notes.push(`a transaction was fenced: ${String(error)}`))
  const onWarning = ({ message }: Error): void => void notes.push(`the process warned: ${message}`)
  process.on('warning', onWarning)
  return {
    worker,
    committed: () => committed,
    processed: () => worker.inspect().handlers.reduce((sum, { processed }) => sum + processed, 0),
    wrong: (records: number): readonly string[] => [
      ...notes,
      ...checkLedger(worker.inspect()).map(({ text }) => text),
      ...(handled === records ? [] : [`${records} records were handled ${handled} times`]),
    ],
    async close() {
      await worker.stop()
      process.off('warning', onWarning)
    },
  }
}

/** Every second one is aborted. */
async function plainTransactions(sender: TransactionalSender, sink: string, from: number): Promise<void> {
  for (let index = from; index < from + plainPerRound; index += 1) {
    const transaction = sender.begin()
    const value = Buffer.from(`"plain-${index}"`)
    await transaction.send({ topic: sink, key: null, value, partition: index % partitions })
    await (index % 2 === 0 ? transaction.commit() : transaction.abort())
  }
}

/** What is in the sink, and whether anything is still open. */
async function wrongIn(
  { admin, probe }: ProofCluster,
  { sink, group }: Names,
  { records, plain }: Pick<TransactionStorm, 'records' | 'plain'>,
): Promise<readonly string[]> {
  const ids = (await probe.read(sink)).map(({ value }) => value?.toString() ?? '')
  const plainSeen = ids.filter((id) => id.startsWith('"plain-')).length
  const lastStable = await admin.endOffsets(sink, { isolation: 'read_committed' })
  const ends = [...(await admin.endOffsets(sink))].map(([partition, end]) => ({
    ...{ topic: sink, partition, end },
    lastStable: lastStable.get(partition) ?? -1n,
  }))
  return [
    ...checkTransactionsFinished(ends, await probe.transactions(group)).map(({ text }) => text),
    ...(plainSeen === plain / 2 ? [] : [`${plainSeen} of ${plain / 2} plain records are there`]),
    ...(ids.length - plainSeen === records ? [] : [`${ids.length - plainSeen} outputs of ${records} records`]),
    ...(new Set(ids).size === ids.length ? [] : ['outputs are there twice']),
  ]
}

const recordsOf = (from: number) =>
  Array.from({ length: perRound }, (_, at) => {
    const index = from + at
    return { partition: at % partitions, key: String(index), value: JSON.stringify(index) }
  })
