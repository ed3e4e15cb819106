import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, it } from 'vitest'
import {
  createWorker,
  defineConsumer,
  exponential,
  handle,
  type MessageContext,
  silentLogger,
  Skip,
  topic,
  utf8,
} from './index.js'

const partitions = 3
const perPartition = 60
/** Of partition 0: this record and all behind it wait. */
const gateAt = 40n

describeWithBroker('the metrics of a run with failures', ({ bootstrap, admin, probe }) => {
  it('say what an independent observer counts', async () => {
    const name = uniqueName('metered')
    const group = uniqueName('metering')
    for (const end of ['', '.dlq']) await admin.createTopic(`${name}${end}`, { partitions })
    const records = Array.from({ length: partitions * perPartition }, (_, at) => ({
      partition: at % partitions,
      key: null,
      value: Buffer.from(kindOf(Math.floor(at / partitions))),
    }))
    await probe.produce(name, records)

    const gate = Promise.withResolvers<void>()
    const ran = { succeeded: 0, failed: 0, declined: 0 }
    const work = async (kind: string, { attempt, partition, offset }: MessageContext): Promise<void> => {
      if (partition === 0 && offset >= gateAt) await gate.promise
      const end =
        kind === 'poison' || (kind === 'flaky' && attempt === 1) ? 'failed' : kind === 'skip' ? 'declined' : 'succeeded'
      ran[end] += 1
      if (end === 'failed') throw new RangeError(`not ${kind}`)
      if (end === 'declined') throw new Skip('not ours')
    }
    const retry = exponential({ attempts: 2, initialDelay: '1ms' })
    const Metered = topic(name, { key: utf8, value: utf8 })
    const consumer = defineConsumer({
      group,
      handlers: [handle(Metered, { deadLetter: `${name}.dlq`, retry, timeout: '5m' }, work)],
    })
    const env = { KAFKA_BROKERS: bootstrap.join(','), OPS_PORT: '0' }
    const worker = createWorker({ consumers: [consumer], env, logger: silentLogger, shutdownTimeout: '10m' })
    await worker.start()
    const scrape = async () => samplesOf(await (await fetch(`http://127.0.0.1:${worker.opsPort}/metrics`)).text())
    const committed = async (): Promise<ReadonlyMap<number, bigint>> =>
      new Map((await admin.committed(group)).map(({ partition, offset }) => [partition, offset]))

    try {
      // Partition 0 stands at the gate; the others are done. All of that is committed.
      const ends = await admin.endOffsets(name)
      await expect.poll(committed).toEqual(
        new Map([
          [0, gateAt],
          [1, 60n],
          [2, 60n],
        ]),
      )
      const lagBy = async (metric: string) => {
        const samples = (await scrape()).filter((sample) => sample.name === metric)
        return new Map(samples.map(({ labels, value }) => [Number(labels['partition']), value]))
      }
      const observed = await committed()
      const lag = new Map(
        [...ends].map(([partition, end]) => [partition, Number(end - (observed.get(partition) ?? 0n))]),
      )
      await expect.poll(() => lagBy('millrace_consumer_lag_records')).toEqual(lag)
      expect(await lagBy('millrace_lag_records')).toEqual(lag)
      expect(await lagBy('millrace_lane_depth_records')).toEqual(
        new Map([
          [0, 19],
          [1, 0],
          [2, 0],
        ]),
      )

      gate.resolve()
      await expect.poll(committed).toEqual(
        new Map([
          [0, 60n],
          [1, 60n],
          [2, 60n],
        ]),
      )
      const letters = await probe.read(`${name}.dlq`)
      const samples = await scrape()
      const sum = (metric: string, labels: Readonly<Record<string, string>> = {}): number =>
        samples
          .filter((sample) => sample.name === metric)
          .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
          .reduce((total, { value }) => total + value, 0)
      const count = (kind: string): number => records.filter(({ value }) => value.toString() === kind).length
      expect(letters).toHaveLength(count('poison'))
      expect({
        received: sum('millrace_records_received_total'),
        processed: sum('millrace_records_settled_total', { settlement: 'processed' }),
        deadLettered: sum('millrace_records_settled_total', { settlement: 'dead_lettered' }),
        skipped: sum('millrace_records_settled_total', { settlement: 'skipped' }),
        abandoned: sum('millrace_records_settled_total', { settlement: 'abandoned' }),
        inFlight: sum('millrace_in_flight_records'),
      }).toEqual({
        received: records.length,
        processed: count('good') + count('flaky'),
        deadLettered: letters.length,
        skipped: count('skip'),
        abandoned: 0,
        inFlight: 0,
      })
      expect(sum('millrace_dead_letters_total', { stage: 'handle', error_type: 'RangeError' })).toBe(letters.length)
      expect(sum('millrace_attempts_total')).toBe(ran.succeeded + ran.failed + ran.declined)
      expect(sum('millrace_retries_total', { mode: 'in_place' })).toBe(count('flaky') + count('poison'))
      for (const [result, times] of Object.entries(ran))
        expect([result, sum('millrace_handler_duration_seconds_count', { result })]).toEqual([result, times])
      await expect
        .poll(() => lagBy('millrace_consumer_lag_records'))
        .toEqual(
          new Map([
            [0, 0],
            [1, 0],
            [2, 0],
          ]),
        )
    } finally {
      gate.resolve()
      await worker.stop()
    }
  })
})

const kindOf = (number: number): string =>
  number % 10 === 3 ? 'poison' : number % 10 === 5 ? 'flaky' : number % 10 === 7 ? 'skip' : 'good'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A reader of its own for what Prometheus reads. */
const samplesOf = (text: string): readonly Sample[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
