import type { EventName, MillraceEvent } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { partitionSnapshot, scriptedWorker } from '../test-support/scripted-worker.js'
import { createLogger } from './create-logger.js'
import { logTable, logWorkerEvents } from './log-worker-events.js'

const setup = () => {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const worker = scriptedWorker()
  const off = logWorkerEvents(worker, createLogger({ level: 'debug', destination: { write } }))
  return { lines, worker, off }
}

const at = { group: 'billing', topic: 'orders.v1', partition: 3 }
const record = { ...at, generation: 7, offset: 42n, handler: 'Billing.placed', attempt: 4 }
const error = Object.assign(new Error('database away'), { code: 'ECONNRESET' })

const examples: { readonly [Name in EventName]: Extract<MillraceEvent, { name: Name }> } = {
  'worker.started': { name: 'worker.started', groups: ['billing'] },
  'worker.warned': { name: 'worker.warned', warning: 'short retention' },
  'worker.draining': { name: 'worker.draining', reason: 'stop', inFlight: 2 },
  'worker.stopped': { name: 'worker.stopped', abandoned: 1, inTime: false },
  'worker.failed': { name: 'worker.failed', error },
  'operator.acted': { name: 'operator.acted', verb: 'pause', by: '127.0.0.1', facts: { group: 'billing' } },
  'event-loop.blocked': { name: 'event-loop.blocked', blockedMs: 1200 },
  'member.joined': { name: 'member.joined', group: 'billing', generation: 7, partitions: ['orders.v1[3]'] },
  'member.idle': { name: 'member.idle', group: 'billing' },
  'member.died': { name: 'member.died', group: 'billing', error, deaths: 1 },
  'member.stalled': {
    ...{ name: 'member.stalled', group: 'billing', generation: 7, limitMs: 60_000, error },
    stalled: [{ topic: 'orders.v1', partition: 3, nextOffset: 42n, endOffset: 99n, idleMs: 61_000 }],
    partitions: [partitionSnapshot({ partition: 3 })],
  },
  'member.rebuilding': { name: 'member.rebuilding', group: 'billing', delayMs: 500, deaths: 1 },
  'lease.started': { name: 'lease.started', ...at, generation: 7, offset: 40n },
  'lease.ended': { name: 'lease.ended', ...at, generation: 7, reason: 'revoked', abandoned: 0 },
  'partition.paused': { name: 'partition.paused', ...at, reason: 'back-pressure' },
  'partition.resumed': { name: 'partition.resumed', ...at, reason: 'back-pressure' },
  'partition.caught-up': { name: 'partition.caught-up', ...at, offset: 99n },
  'partition.halted': { name: 'partition.halted', ...record, error },
  'partition.braked': {
    name: 'partition.braked',
    ...record,
    fingerprint: '0123456789abcdef',
    stage: 'decode',
    probeMs: 30_000,
    error,
  },
  'partition.released': { name: 'partition.released', ...at, because: 'passed', brakedMs: 60_000 },
  'partition.out-of-range': { name: 'partition.out-of-range', ...at, from: 1n, to: 40n },
  'partition.failed': { name: 'partition.failed', ...at, error },
  'partition.recovered': { name: 'partition.recovered', ...at },
  'record.waiting': { name: 'record.waiting', ...record, reason: 'dependency-down', delayMs: 1_000, error },
  'record.retrying': { name: 'record.retrying', ...record, attempt: 2, delayMs: 400, error },
  'record.dead-lettered': {
    ...{ name: 'record.dead-lettered', ...record, deadLetterTopic: 'orders.dlq', stage: 'handle', error },
  },
  'record.skipped': { name: 'record.skipped', ...record, reason: 'test order' },
  'record.late': { name: 'record.late', ...record, lateMs: 30 },
  'dead-letter.failed': {
    ...{ name: 'dead-letter.failed', ...record, deadLetterTopic: 'orders.dlq', tries: 1, delayMs: 1000, error },
  },
  'dead-letter.oversize': {
    ...{ name: 'dead-letter.oversize', ...record, deadLetterTopic: 'orders.dlq', bytes: 1_100_000, error },
    resolution: 'halted',
  },
  'dead-letter.recovered': { name: 'dead-letter.recovered', ...record, deadLetterTopic: 'orders.dlq', tries: 2 },
  'commit.done': { name: 'commit.done', group: 'billing', partitions: 1, records: 20 },
  'commit.failed': { name: 'commit.failed', group: 'billing', error },
  'transaction.committed': {
    ...{ name: 'transaction.committed', group: 'billing', partitions: 1, records: 20, outputs: 21, durationMs: 8 },
  },
  'transaction.aborted': { name: 'transaction.aborted', group: 'billing', records: 20, error },
  'transaction.fenced': { name: 'transaction.fenced', group: 'billing', error },
  'commit.refused': { name: 'commit.refused', group: 'billing', error },
}

/** Bigints as numbers, however deep. */
const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_name, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)))

describe('every event', () => {
  it.each(Object.values(examples))('$name becomes one line with all its facts', (event) => {
    const { lines, worker } = setup()
    worker.emit(event)
    const { name, ...facts } = event
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ event: name, level: logTable[name].level, msg: expect.stringMatching(/\S/) })
    for (const [fact, value] of Object.entries(facts)) {
      if (fact === 'error') expect(lines[0]).toHaveProperty('err.message', 'database away')
      else expect(lines[0]).toHaveProperty(fact, asJson(value))
    }
    expect(lines[0]?.['msg']).not.toMatch(/undefined|\[object/)
  })

  it('that costs somebody sleep is an error', () => {
    const errors = Object.entries(logTable).filter(([, { level }]) => level === 'error')
    expect(errors.map(([name]) => name)).toEqual([
      'worker.failed',
      'member.died',
      'member.stalled',
      'partition.halted',
      'partition.braked',
      'partition.failed',
      'record.dead-lettered',
      'dead-letter.failed',
      'dead-letter.oversize',
    ])
  })
})

it('a line about a record says which: topic, partition, offset, attempt and generation', () => {
  const { lines, worker } = setup()
  const ofRecords = Object.values(examples).filter((event) => 'offset' in event && 'handler' in event)
  ofRecords.forEach((event) => worker.emit(event))
  expect(lines.map((line) => line['event'])).toEqual([
    'partition.halted',
    'partition.braked',
    'record.waiting',
    'record.retrying',
    'record.dead-lettered',
    'record.skipped',
    'record.late',
    'dead-letter.failed',
    'dead-letter.oversize',
    'dead-letter.recovered',
  ])
  for (const line of lines)
    expect(line).toMatchObject({
      topic: 'orders.v1',
      partition: 3,
      offset: 42,
      attempt: expect.any(Number),
      generation: 7,
    })
})

it('nothing is written any more once it is taken off', () => {
  const { lines, worker, off } = setup()
  off()
  worker.emit(examples['member.idle'])
  expect(lines).toEqual([])
  expect(worker.listeners).toBe(0)
})

it.each([
  [10n, 60n, 'orders.v1[3]: offsets 10 to 59 (50) '],
  [50n, 0n, 'orders.v1[3]: the log does not hold offset 50, '],
])('a jump from %s to %s names what is skipped, or that the log began again', (from, to, words) => {
  const { lines, worker } = setup()
  worker.emit({ name: 'partition.out-of-range', group: 'billing', topic: 'orders.v1', partition: 3, from, to })
  expect(lines[0]?.['msg']).toContain(words)
})

describe('a fault that every record has', () => {
  const dead = (offset: bigint, message = `order ${offset} has no customer`): MillraceEvent => ({
    ...{ name: 'record.dead-lettered', ...record, offset, deadLetterTopic: 'orders.v1.billing.dlq', stage: 'handle' },
    error: new Error(message),
  })

  it('is written five times, and then counted before the worker has stopped', () => {
    const { lines, worker } = setup()
    for (let offset = 0n; offset < 40n; offset += 1n) worker.emit(dead(offset))
    worker.emit(dead(40n, 'something else'))
    worker.emit(examples['worker.stopped'])
    expect(lines.map((line) => [line['event'], line['offset'], line['leftOut']])).toEqual([
      ...[0, 1, 2, 3, 4, 40].map((offset) => ['record.dead-lettered', offset, undefined]),
      ['record.dead-lettered', 39, 35],
      ['worker.stopped', undefined, undefined],
    ])
    expect(lines[6]).toMatchObject({
      level: 'error',
      msg: expect.stringMatching(/^35 more like this within \d+ s, the last of them: dead-lettered to/),
      err: { message: 'order 39 has no customer' },
    })
  })

  it('is written each time without sampling', () => {
    const lines: string[] = []
    const worker = scriptedWorker()
    logWorkerEvents(worker, createLogger({ destination: { write: (line) => void lines.push(line) } }), {
      sampling: 'off',
    })
    for (let offset = 0n; offset < 40n; offset += 1n) worker.emit(dead(offset))
    expect(lines).toHaveLength(40)
  })

  it('does not hide what is no error of a record', () => {
    const { lines, worker } = setup()
    for (let time = 0; time < 20; time += 1) worker.emit(examples['member.died'])
    expect(lines).toHaveLength(20)
  })
})

it('a line about a traced record names its trace as OpenTelemetry does', () => {
  const { lines, worker } = setup()
  worker.emit({ ...examples['record.retrying'], traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) })
  expect(lines).toMatchObject([{ trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) }])
  expect(lines[0]).not.toHaveProperty('traceId')
})
