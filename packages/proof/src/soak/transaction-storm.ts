import { setTimeout as delay } from 'node:timers/promises'
import { createWorker, defineConsumer, json, topic, transform, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { checkLedger, checkTransactionsFinished, uniqueName } from '@millrace/testing'
import type { ProofCluster } from '../rig/proof-rig.js'
import { until } from '../rig/until.js'
import { asFewHandlesAs } from './rebalance-storm.js'
import { type Sample, takeSample } from './take-sample.js'

export interface TransactionStormOptions {
  /** Of the pipeline that are committed. Beside each hundred of them a plain producer makes 20, of which 10 are aborted. */
  readonly transactions: number
  readonly perSample: number
  readonly onSample?: (sample: Sample) => void
  readonly signal?: AbortSignal
}

export interface TransactionStorm {
  /** Committed by the pipeline. */
  readonly committed: number
  /** Made by a plain producer, committed or aborted. */
  readonly plain: number
  readonly records: number
  readonly samples: readonly Sample[]
  /** Everything that is wrong beside the samples. */
  readonly wrong: readonly string[]
}

const partitions = 3
const perRound = 150
const plainPerRound = 20
const limitMs = 60_000
/** About one record for each transaction: they follow each other at once, with as little in each as possible. */
const handlerMs = 4

/**
 * A pipeline that commits transaction after transaction, and beside it a plain transactional producer that aborts every second
 * one of its own, in this process. Its state is sampled while both are idle.
 */
export async function transactionStorm(
  cluster: ProofCluster,
  options: TransactionStormOptions,
): Promise<TransactionStorm> {
  const { transactions, perSample, onSample, signal } = options
  const { admin, probe, bootstrap } = cluster
  const [source, sink, group] = [uniqueName('storm'), uniqueName('storm-out'), uniqueName('storm')]
  await admin.createTopic(source, { partitions })
  await admin.createTopic(sink, { partitions })
  const driver = createKafkajsDriver({ brokers: bootstrap, clientId: 'storm' })
  let committed = 0
  let handled = 0
  const [Source, Sink] = [source, sink].map((name) => topic(name, { key: utf8, value: json() }))
  if (Source === undefined || Sink === undefined) throw new Error('two topics were made')
  const pass = async (value: unknown): Promise<{ readonly value: unknown }> => {
    await delay(handlerMs)
    handled += 1
    return { value }
  }
  const worker = createWorker({
    driver,
    ...{ transactionInterval: '1ms', transactionRecords: 1 },
    consumers: [defineConsumer({ group, handlers: [transform(Source, { to: Sink, onExhausted: 'halt' }, pass)] })],
  })
  const notes: string[] = []
  worker.on('transaction.committed', () => void (committed += 1))
  worker.on('transaction.aborted', ({ error }) => void notes.push(`a transaction was aborted: ${String(error)}`))
  worker.on('transaction.fenced', ({ error }) => void notes.push(`a transaction was fenced: ${String(error)}`))
  const onWarning = ({ message }: Error): void => void notes.push(`the process warned: ${message}`)
  process.on('warning', onWarning)

  const samples: Sample[] = []
  let [records, plain] = [0, 0]
  try {
    const transactional = { transactionalId: `${group}-plain`, transactionTimeoutMs: 15_000 }
    const sender = await driver.openTransactions(transactional, signal ?? AbortSignal.timeout(limitMs))
    await worker.start()
    const startedMs = performance.now()
    for (let sampledAt = 0; committed < transactions; ) {
      signal?.throwIfAborted()
      await probe.produce(source, recordsOf(records))
      records += perRound
      for (let index = 0; index < plainPerRound; index += 1, plain += 1) {
        const transaction = sender.begin()
        const value = Buffer.from(`"plain-${plain}"`)
        await transaction.send({ topic: sink, key: null, value, partition: plain % partitions, headers: [] })
        await (plain % 2 === 0 ? transaction.commit() : transaction.abort())
      }
      await until('every record is settled', () => (settled() === records ? true : undefined), { limitMs, everyMs: 5 })
      if (committed < sampledAt + perSample) continue
      sampledAt = committed
      await asFewHandlesAs(samples.at(-1))
      const sample = takeSample(committed, performance.now() - startedMs)
      samples.push(sample)
      onSample?.(sample)
    }
    await sender.close()
  } finally {
    await worker.stop()
    process.off('warning', onWarning)
  }
  const wrong = [...notes, ...(await wrongIn()), ...checkLedger(worker.inspect()).map(({ text }) => text)]
  return { committed, plain, records, samples, wrong }

  function settled(): number {
    return worker.inspect().handlers.reduce((sum, { processed }) => sum + processed, 0)
  }

  /** What is in the sink, and whether anything is still open. */
  async function wrongIn(): Promise<readonly string[]> {
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
      ...(handled === records ? [] : [`${records} records were handled ${handled} times`]),
    ]
  }
}

const recordsOf = (from: number) =>
  Array.from({ length: perRound }, (_, at) => {
    const index = from + at
    return { partition: at % partitions, key: String(index), value: JSON.stringify(index) }
  })
