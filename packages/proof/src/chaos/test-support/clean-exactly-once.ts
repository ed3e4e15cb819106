import type { ProbeRecord, RunLine, SeenCommit, SentRecord } from '@millrace/testing'
import { outputsOf } from '../../planned-transform.js'
import type { ChaosFault } from '../chaos-schedule.js'
import { exactlyOnceSchedule, shortestExactlyOnceMs } from '../exactly-once-schedule.js'
import type { FiredFault } from '../fire-fault.js'
import type { ExactlyOnceEvidence } from '../judge-exactly-once.js'
import { stopped } from './clean-chaos.js'

const topic = 'orders'
const outputTopic = 'invoices'
const deadLetterTopic = 'orders.dlq'
const perPartition = 100
const everyMs = 100
const untilMs = 110_000
const abortedAt = 50n

/** Kinds in turn: all of them within ten records. */
const kinds: readonly SentRecord['kind'][] = [
  ...(['ok', 'transient', 'filter', 'fan-out', 'ok', 'poison', 'ok', 'permanent', 'ok', 'ok'] as const),
]

const fired = ({ atMs, fault }: { readonly atMs: number; readonly fault: ChaosFault }): FiredFault => ({
  planned: { atMs, fault },
  ...{ atMs, endMs: 'forMs' in fault ? atMs + fault.forMs : atMs, hasFired: true, detail: 'w1' },
})

const bytes = (
  record: Pick<SentRecord, 'key' | 'id'>,
): Pick<ProbeRecord, 'key' | 'value' | 'timestamp' | 'headers'> => ({
  key: Buffer.from(record.key ?? ''),
  value: Buffer.from([0xff, ...Buffer.from(record.id)]),
  timestamp: 17n,
  headers: [[Buffer.from('trace'), Buffer.from('1')]],
})

function sentRecords(): readonly SentRecord[] {
  return Array.from({ length: 2 * perPartition }, (_, index) => {
    const [partition, turn] = [index % 2, Math.floor(index / 2)]
    const kind = kinds[turn % kinds.length] ?? 'ok'
    // Offsets jump where a transaction of the input was aborted.
    const offset = BigInt(turn) + (BigInt(turn) >= abortedAt ? 2n : 0n)
    const place = { topic, partition, offset, ackedAtMs: turn * everyMs }
    return { id: `${kind}-${index}`, key: `k${partition}${turn % 3}`, sequence: Math.floor(turn / 3), kind, ...place }
  })
}

function linesOf({ kind, ackedAtMs = 0, ...facts }: SentRecord): readonly RunLine[] {
  if (kind === 'poison') return []
  const attempts = kind === 'permanent' ? 3 : kind === 'transient' ? 2 : 1
  return Array.from({ length: attempts }, (_, at) => at + 1).flatMap((attempt): readonly RunLine[] => {
    const run = { ...facts, attempt, worker: 'w2', generation: 1 }
    const timeMs = ackedAtMs + attempt * 10
    const fails = kind === 'permanent' || attempt < attempts
    return [
      { ...run, edge: 'start', timeMs },
      { ...run, edge: fails ? 'threw' : 'done', timeMs: timeMs + 5 },
    ]
  })
}

/** One transaction in a hundred offsets ends with a marker; nothing here cares which. */
function written(sent: readonly SentRecord[]): readonly ProbeRecord[] {
  const next = [0n, 0n]
  return sent.flatMap((record) =>
    outputsOf(record).map((output): ProbeRecord => {
      const offset = next[record.partition] ?? 0n
      next[record.partition] = offset + (output.sequence % 7 === 0 ? 2n : 1n)
      return {
        ...{ partition: record.partition, offset, timestampType: 'CreateTime', timestamp: 17n, headers: [] },
        ...{ key: Buffer.from(record.key ?? ''), value: Buffer.from(JSON.stringify(output)) },
      }
    }),
  )
}

/** A run without a fault of millrace, for the self-test of the verdict: two partitions, one worker killed, one that stays. */
export function cleanExactlyOnce(): ExactlyOnceEvidence {
  const sent = sentRecords()
  const poisoned = sent.filter(({ kind }) => kind === 'poison' || kind === 'permanent')
  const letters = poisoned.map((record, index): ProbeRecord => {
    const header = (name: string, value: string): readonly [Buffer, Buffer] => [Buffer.from(name), Buffer.from(value)]
    const own = bytes(record)
    return {
      ...{ ...own, partition: record.partition, offset: BigInt(index), timestampType: 'CreateTime' },
      headers: [
        ...own.headers,
        header('source-topic', topic),
        header('source-partition', String(record.partition)),
        header('source-offset', String(record.offset)),
        header('error', 'it failed'),
      ],
    }
  })
  const outputs = written(sent)
  const schedule = exactlyOnceSchedule({ seed: 1, durationMs: shortestExactlyOnceMs }).map(fired)
  const endOffset = BigInt(perPartition) + 3n
  const place = (record: ProbeRecord): RunLine => ({
    ...{ id: `${record.partition}/${record.offset}`, key: null, sequence: 0, topic: outputTopic, attempt: 1 },
    ...{ partition: record.partition, offset: record.offset, worker: 'downstream', generation: 1 },
    ...{ edge: 'start', timeMs: 0 },
  })
  const commits: readonly SeenCommit[] = [0, 1].map((partition) => ({
    ...{ topic, partition, offset: endOffset, generation: 0, atMs: untilMs },
  }))
  const aborted = outputs.slice(0, 1).map((record) => ({ ...record, offset: 5_000n }))
  return {
    ...{ sent, commits, letters, outputs, outputTopic, deadLetterTopic },
    lines: sent.flatMap(linesOf).toSorted((a, b) => a.timeMs - b.timeMs),
    deadLetters: poisoned.map((source) => ({ source })),
    originals: poisoned.map((record) => ({
      ...bytes(record),
      topic,
      partition: record.partition,
      offset: record.offset,
    })),
    ends: [0, 1].map((partition) => ({ topic, partition, endOffset })),
    during: { outputs: [...outputs], letters: [...letters] },
    aborted: {
      input: [0, 1]
        .map((partition) => ({ ...aborted[0], ...bytes({ key: 'k', id: 'aborted-1' }), partition }))
        .map((record) => ({ ...record, offset: abortedAt, timestampType: 'CreateTime' })),
      outputs: aborted,
      letters: [],
    },
    downstream: outputs.map(place),
    stable: [0, 1].map((partition) => ({ topic: outputTopic, partition, lastStable: 500n, end: 500n })),
    transactions: [
      { ...{ transactionalId: 'billing-1', state: 'CompleteCommit' }, coordinator: 1, timeoutMs: 1, partitions: 0 },
    ],
    ...{ fromMs: 0, untilMs, planned: schedule.length, plannedRecords: sent.length, fired: schedule },
    kills: [{ worker: 'w1', atMs: 6_000, committed: new Map(), readMs: 6_010 }],
    workers: [
      { ...{ name: 'w1', exit: { code: null, signal: 'SIGKILL' }, log: '' }, announcements: [] },
      { ...{ name: 'w2', exit: { code: 0, signal: null }, log: '' }, announcements: [stopped()] },
    ],
  }
}
