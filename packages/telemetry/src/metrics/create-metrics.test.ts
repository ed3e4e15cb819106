import { type EventOf, fail } from '@millrace/core'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { groupSnapshot, handlerTotals, partitionSnapshot, scriptedWorker } from '../test-support/scripted-worker.js'
import { createMetrics, type Metrics } from './create-metrics.js'
import { counterDefinitions, gaugeDefinitions, histogramDefinitions } from './metric-definitions.js'

const open: Metrics[] = []
afterEach(() => open.splice(0).forEach((metrics) => metrics.close()))

const setup = async (register?: Registry) => {
  const metrics = await createMetrics(register === undefined ? {} : { register })
  open.push(metrics)
  const worker = scriptedWorker()
  const off = metrics.observe(worker)
  return { metrics, worker, off, scrape: async () => parse(await metrics.text()) }
}

/** The samples of a scrape: `name{labels}` to value. */
const parse = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

const handler = 'group="billing",topic="orders.v1",handler="Billing.placed"'
const partition = (number: number) => `group="billing",topic="orders.v1",partition="${number}"`

const deadLettered: Omit<EventOf<'record.dead-lettered'>, 'error'> = {
  name: 'record.dead-lettered',
  ...{ group: 'billing', topic: 'orders.v1', partition: 0, generation: 4, offset: 1n },
  ...{ handler: 'Billing.placed', attempt: 4, deadLetterTopic: 'd' },
  stage: 'decode',
}

describe('counters', () => {
  it('hold what the worker counted, and the ledger adds up', async () => {
    const { worker, scrape } = await setup()
    const totals = { received: 20, processed: 10, retried: 1, deadLettered: 2, skipped: 3, abandoned: 1, inFlight: 3 }
    worker.snapshot = {
      ...worker.snapshot,
      handlers: [handlerTotals({ ...totals, attempts: 31, retriesInPlace: 11, lateResults: 4, deadLetterFailures: 5 })],
      groups: [
        groupSnapshot({
          ...{ commits: { done: 7, failed: 2 }, rebalances: 3 },
          transactions: { committed: 8, aborted: 6, fenced: 1 },
        }),
      ],
    }
    const samples = await scrape()
    const expected: [string, number][] = [
      [`millrace_records_received_total{${handler}}`, 20],
      [`millrace_records_settled_total{${handler},settlement="processed"}`, 10],
      [`millrace_records_settled_total{${handler},settlement="retried"}`, 1],
      [`millrace_records_settled_total{${handler},settlement="dead_lettered"}`, 2],
      [`millrace_records_settled_total{${handler},settlement="skipped"}`, 3],
      [`millrace_records_settled_total{${handler},settlement="abandoned"}`, 1],
      [`millrace_in_flight_records{${handler}}`, 3],
      [`millrace_attempts_total{${handler}}`, 31],
      [`millrace_late_results_total{${handler}}`, 4],
      [`millrace_retries_total{${handler},mode="in_place"}`, 11],
      [`millrace_retries_total{${handler},mode="topic"}`, 1],
      [`millrace_dead_letter_failures_total{${handler}}`, 5],
      ['millrace_commits_total{group="billing",result="done"}', 7],
      ['millrace_commits_total{group="billing",result="failed"}', 2],
      ['millrace_commits_total{group="billing",result="refused"}', 0],
      ['millrace_transactions_total{group="billing",result="committed"}', 8],
      ['millrace_transactions_total{group="billing",result="aborted"}', 6],
      ['millrace_transactions_total{group="billing",result="fenced"}', 1],
      ['millrace_transaction_outputs_total{group="billing"}', 0],
      ['millrace_rebalances_total{group="billing"}', 3],
    ]
    for (const [name, value] of expected) expect([name, samples.get(name)]).toEqual([name, value])
  })

  it('grow by what is new, not by the total, however often they are read', async () => {
    const { worker, scrape } = await setup()
    const name = `millrace_records_received_total{${handler}}`
    const values: unknown[] = []
    for (const received of [0, 5, 5, 12, 11]) {
      worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals({ received })] }
      values.push((await scrape()).get(name))
    }
    expect(values).toEqual([0, 5, 5, 12, 12])
  })

  it('add up over the workers of a process, and keep what a stopped one had counted', async () => {
    const { metrics, worker, off, scrape } = await setup()
    const other = scriptedWorker({ handlers: [handlerTotals({ received: 4 })] })
    metrics.observe(other)
    worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals({ received: 3 })] }
    await scrape()
    worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals({ received: 5 })] }
    off()
    off()
    expect((await scrape()).get(`millrace_records_received_total{${handler}}`)).toBe(9)
    expect(worker.listeners).toBe(0)
  })

  it('of dead letters know stage and type of the error, and stand at zero before the first', async () => {
    const { worker, scrape } = await setup()
    worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals()] }
    const name = (stage: string, type = '') =>
      `millrace_dead_letters_total{${handler},stage="${stage}",error_type="${type}"}`
    const before = await scrape()
    for (const stage of ['decode', 'validate', 'handle', 'route']) expect(before.get(name(stage))).toBe(0)
    for (const error of [new RangeError('x'), new RangeError('y'), fail('MILLRACE_DECODE_TOMBSTONE', { topic: 't' })])
      worker.emit({ ...deadLettered, error })
    worker.emit({ name: 'commit.refused', group: 'billing', error: new Error('x') })
    const after = await scrape()
    expect(after.get(name('decode', 'RangeError'))).toBe(2)
    expect(after.get(name('decode', 'MILLRACE_DECODE_TOMBSTONE'))).toBe(1)
    expect(after.get(name('handle'))).toBe(0)
    expect(after.get('millrace_commits_total{group="billing",result="refused"}')).toBe(1)
  })

  it('of dead letters tell 50 types of errors apart in all workers of a process, and no more', async () => {
    const { metrics, worker, scrape } = await setup()
    const other = scriptedWorker()
    metrics.observe(other)
    for (let at = 0; at < 80; at += 1) {
      const error = Object.assign(new Error('x'), { name: `Type${at}` })
      for (const emitter of [worker, other]) emitter.emit({ ...deadLettered, error })
    }
    const samples = [...(await scrape())].filter(([name]) => name.startsWith('millrace_dead_letters_total'))
    expect(samples).toHaveLength(51)
    expect(samples.find(([name]) => name.includes('"other"'))?.[1]).toBe(60)
  })
})

describe('what is rare', () => {
  it('shows zero before it happens, and is counted by what was done about it', async () => {
    const { worker, scrape } = await setup()
    worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals()], groups: [groupSnapshot()] }
    const names = [
      ...['shrunk', 'without_value', 'halted', 'skipped'].map(
        (resolution) => `millrace_oversize_dead_letters_total{${handler},resolution="${resolution}"}`,
      ),
      'millrace_partition_failures_total{group="billing",topic="orders.v1"}',
      'millrace_out_of_range_total{group="billing",topic="orders.v1"}',
      'millrace_skipped_offsets_total{group="billing",topic="orders.v1"}',
      'millrace_member_deaths_total{group="billing"}',
      'millrace_member_stalls_total{group="billing"}',
    ]
    const before = await scrape()
    expect(names.map((name) => before.get(name))).toEqual(names.map(() => 0))

    const at = { group: 'billing', topic: 'orders.v1', partition: 0 }
    const record = { ...at, offset: 1n, generation: 4, handler: 'Billing.placed', attempt: 1 }
    const letter = { ...record, deadLetterTopic: 'dead', bytes: 9, error: new Error('too large') }
    worker.emit({ name: 'dead-letter.oversize', ...letter, resolution: 'without-value' })
    for (const error of [new Error('no leader'), new Error('still none')])
      worker.emit({ name: 'partition.failed', ...at, error })
    worker.emit({ name: 'partition.recovered', ...at })
    worker.emit({ name: 'partition.failed', ...at, error: new Error('gone') })
    worker.emit({ name: 'partition.out-of-range', ...at, from: 10n, to: 25n })
    worker.emit({ name: 'partition.out-of-range', ...at, from: 25n, to: 0n })
    worker.snapshot = { ...worker.snapshot, groups: [groupSnapshot({ deaths: 3, stalls: 2 })] }
    const after = await scrape()
    expect(names.map((name) => after.get(name))).toEqual([0, 1, 0, 0, 2, 2, 15, 3, 2])
  })
})

describe('gauges', () => {
  it('show each partition, and forget the ones that are gone', async () => {
    const { worker, scrape } = await setup()
    const partitions = [
      partitionSnapshot({
        ...{ lag: 120, watermark: 10n, nextOffset: 17n, oldestUnsettledMs: 2500, committed: 8n, endOffset: 130n },
        inFlight: { queued: 5, running: 1, awaiting: 1 },
      }),
      partitionSnapshot({ partition: 1, pausedBecause: ['dead-letter-failing', 'back-pressure'] }),
      partitionSnapshot({ partition: 2, pausedBecause: ['back-pressure'] }),
    ]
    worker.snapshot = { ...worker.snapshot, groups: [groupSnapshot({ partitions })] }
    const samples = await scrape()
    expect(samples.get(`millrace_lag_records{${partition(0)}}`)).toBe(120)
    expect(samples.get(`millrace_consumer_lag_records{${partition(0)}}`)).toBe(122)
    expect(samples.get(`millrace_lane_depth_records{${partition(0)}}`)).toBe(5)
    expect(samples.get(`millrace_watermark_gap_records{${partition(0)}}`)).toBe(7)
    expect(samples.get(`millrace_oldest_unsettled_seconds{${partition(0)}}`)).toBe(2.5)
    expect(samples.get('millrace_paused_partitions{group="billing",reason="back_pressure"}')).toBe(2)
    expect(samples.get('millrace_paused_partitions{group="billing",reason="dead_letter_failing"}')).toBe(1)
    expect(samples.get('millrace_paused_partitions{group="billing",reason="halted"}')).toBe(0)

    worker.snapshot = { ...worker.snapshot, groups: [groupSnapshot({ partitions: partitions.slice(1) })] }
    const later = await scrape()
    expect(later.has(`millrace_lag_records{${partition(0)}}`)).toBe(false)
    expect(later.has(`millrace_lag_records{${partition(1)}}`)).toBe(true)
  })

  it('name the partitions that can not be read, until they can, or until the lease has ended', async () => {
    const { worker, scrape } = await setup()
    const failed = async (): Promise<readonly string[]> =>
      [...(await scrape()).keys()].filter((name) => name.startsWith('millrace_failed_partitions'))
    const at = (number: number) => ({ group: 'billing', topic: 'orders.v1', partition: number })
    const shown = (number: number) => `millrace_failed_partitions{${partition(number)}}`
    expect(await failed()).toEqual([])
    for (const number of [0, 1, 1, 2]) worker.emit({ name: 'partition.failed', ...at(number), error: new Error('x') })
    expect(await failed()).toEqual([shown(0), shown(1), shown(2)])
    expect((await scrape()).get(shown(1))).toBe(1)
    worker.emit({ name: 'partition.recovered', ...at(0) })
    worker.emit({ name: 'lease.ended', ...at(1), generation: 4, reason: 'lost', abandoned: 0 })
    expect(await failed()).toEqual([shown(2)])
  })

  it('tell readiness, build and the event loop', async () => {
    const { worker, scrape } = await setup()
    worker.snapshot = { ...worker.snapshot, isReady: false }
    const samples = await scrape()
    expect(samples.get('millrace_ready')).toBe(0)
    expect(samples.get('millrace_event_loop_lag_seconds')).toBeGreaterThanOrEqual(0)
    const build = [...samples.keys()].find((name) => name.startsWith('millrace_build_info'))
    expect(build).toMatch(/version="\d+\.\d+\.\d+",node="\d+\./)
  })
})

describe('the registry', () => {
  it('of the user gets the metrics, fresh at every scrape, and loses them at close', async () => {
    const register = new Registry()
    const { metrics, worker } = await setup(register)
    for (const received of [1, 2]) {
      worker.snapshot = { ...worker.snapshot, handlers: [handlerTotals({ received })] }
      expect(parse(await register.metrics()).get(`millrace_records_received_total{${handler}}`)).toBe(received)
    }
    metrics.close()
    expect(register.getMetricsAsArray()).toEqual([])
  })

  it('reads the worker once per scrape', async () => {
    const { worker, scrape } = await setup()
    let reads = 0
    const { snapshot } = worker
    worker.inspect = () => {
      reads += 1
      return snapshot
    }
    await scrape()
    await scrape()
    expect(reads).toBe(2)
  })

  it('holds every metric of the table, with partition as a label of gauges only', async () => {
    const { metrics } = await setup()
    const text = await metrics.text()
    for (const { name, help } of Object.values(counterDefinitions)) {
      expect(text).toContain(`# HELP ${name} ${help}`)
      expect(text).toContain(`# TYPE ${name} counter`)
      expect(name).toMatch(/_total$/)
    }
    for (const { name } of Object.values(histogramDefinitions)) expect(text).toContain(`# TYPE ${name} histogram`)
    for (const { name } of Object.values(gaugeDefinitions)) expect(text).toContain(`# TYPE ${name} gauge`)
    expect(Object.values(counterDefinitions).flatMap(({ labels }) => [...labels])).not.toContain('partition')
  })
})

describe('durations of handlers', () => {
  const attempted = { name: 'Billing.placed', group: 'billing', topic: { name: 'orders.v1' } }
  const failed = { kind: 'failed', failure: { stage: 'handle', error: new Error('no') } } as const

  it('are a histogram by result, with every attempt in it', async () => {
    const { metrics, scrape } = await setup()
    const { ran } = metrics.instrument
    for (const durationMs of [0.2, 1, 30, 60_000]) ran?.(attempted, { kind: 'succeeded' }, durationMs, 1)
    ran?.(attempted, failed, 7, 1)
    ran?.({ ...attempted }, { kind: 'interrupted' }, 7, 2)
    const samples = await scrape()
    const name = 'millrace_handler_duration_seconds'
    const expected: [string, number][] = [
      [`${name}_bucket{le="0.001",${handler},result="succeeded"}`, 2],
      [`${name}_bucket{le="0.025",${handler},result="succeeded"}`, 2],
      [`${name}_bucket{le="0.05",${handler},result="succeeded"}`, 3],
      [`${name}_bucket{le="30",${handler},result="succeeded"}`, 3],
      [`${name}_bucket{le="+Inf",${handler},result="succeeded"}`, 4],
      [`${name}_count{${handler},result="succeeded"}`, 4],
      [`${name}_bucket{le="0.01",${handler},result="failed"}`, 1],
      [`${name}_count{${handler},result="interrupted"}`, 1],
      [`${name}_count{${handler},result="declined"}`, 0],
    ]
    for (const [line, value] of expected) expect([line, samples.get(line)]).toEqual([line, value])
    expect(samples.get(`${name}_sum{${handler},result="succeeded"}`)).toBeCloseTo(60.0312)
  })

  it('are there for whoever reads the registry as JSON', async () => {
    const register = new Registry()
    const { metrics } = await setup(register)
    metrics.instrument.ran?.(attempted, { kind: 'succeeded' }, 5, 1)
    const found = (await register.getMetricsAsJSON()).find(({ name }) => name === 'millrace_handler_duration_seconds')
    expect(found).toMatchObject({ type: 'histogram', aggregator: 'sum' })
  })
})

it('shows something for every metric of the tables', async () => {
  const { metrics, worker, scrape } = await setup()
  const at = { group: 'billing', topic: 'orders.v1', partition: 0 }
  worker.snapshot = {
    ...worker.snapshot,
    handlers: [handlerTotals()],
    groups: [groupSnapshot({ partitions: [partitionSnapshot()] })],
  }
  worker.emit({ name: 'partition.failed', ...at, error: new Error('x') })
  const ended = { partitions: 1, records: 1, outputs: 1, durationMs: 1 }
  worker.emit({ name: 'transaction.committed', group: 'billing', ...ended })
  const attempted = { name: 'Billing.placed', group: 'billing', topic: { name: 'orders.v1' } }
  metrics.instrument.ran?.(attempted, { kind: 'succeeded' }, 1, 1)
  const shown = [...(await scrape()).keys()]
  const names = Object.values({ ...counterDefinitions, ...gaugeDefinitions, ...histogramDefinitions })
  const missing = names.filter(({ name }) => !shown.some((line) => line.startsWith(name)))
  expect(missing.map(({ name }) => name)).toEqual([])
})

describe('pipelines', () => {
  it('show what waits for its transaction, how long transactions were open, and how many outputs came with them', async () => {
    const { worker, scrape } = await setup()
    worker.snapshot = {
      ...worker.snapshot,
      groups: [groupSnapshot({ decided: { records: 4, outputs: 9, bytes: 512 } })],
    }
    for (const durationMs of [20, 2_000])
      worker.emit({
        name: 'transaction.committed',
        group: 'billing',
        partitions: 1,
        records: 2,
        outputs: 3,
        durationMs,
      })
    const samples = await scrape()
    const expected: [string, number][] = [
      ['millrace_buffered_outputs{group="billing"}', 9],
      ['millrace_buffered_output_bytes{group="billing"}', 512],
      ['millrace_transaction_outputs_total{group="billing"}', 6],
      ['millrace_transaction_duration_seconds_count{group="billing"}', 2],
      ['millrace_transaction_duration_seconds_sum{group="billing"}', 2.02],
      ['millrace_transaction_duration_seconds_bucket{le="0.025",group="billing"}', 1],
    ]
    for (const [name, value] of expected) expect([name, samples.get(name)]).toEqual([name, value])
  })
})

it('tells static members from dynamic ones', async () => {
  const { worker, scrape } = await setup()
  const valueOf = async (instanceId: string | undefined) => {
    worker.snapshot = { ...worker.snapshot, groups: [groupSnapshot({ instanceId })] }
    return (await scrape()).get('millrace_static_member{group="billing"}')
  }
  expect([await valueOf('billing-0'), await valueOf(undefined)]).toEqual([1, 0])
})
