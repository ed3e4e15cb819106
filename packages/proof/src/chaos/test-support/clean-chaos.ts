import type { Announcement, OriginalRecord, ProbeRecord, RunLine, SeenCommit, SentRecord } from '@millrace/testing'
import type { ChaosFault } from '../chaos-schedule.js'
import type { FiredFault } from '../fire-fault.js'
import type { ChaosEvidence, ChaosWorker } from '../judge-chaos.js'

const topic = 'orders'
const everyMs = 100
const untilMs = 60_000
/** Worker `a` dies; its session ends 3 s later, and `c` goes on with what `a` had not committed. */
const killedMs = 30_000
const takenOverMs = killedMs + 3_000
const openAtKill = 2

const firedAt = (fault: ChaosFault, atMs: number, detail: string): FiredFault => ({
  planned: { atMs, fault },
  ...{ atMs, endMs: 'forMs' in fault ? atMs + fault.forMs : atMs, hasFired: true, detail },
})
export const kill = firedAt({ kind: 'kill', slot: 0, replacedAfterMs: 1_000 }, killedMs, 'a')
/** One of each other kind, which met nobody's partition. */
const others: readonly FiredFault[] = [
  firedAt({ kind: 'cut' }, 1_000, 'all'),
  firedAt({ kind: 'black-hole', forMs: 1_000 }, 2_000, 'all'),
  firedAt({ kind: 'freeze', forMs: 1_000 }, 4_000, '0 answers'),
  firedAt({ kind: 'restart', downMs: 0 }, 6_000, '0 ms'),
  firedAt(
    {
      ...{ kind: 'kill-at', slot: 1, replacedAfterMs: 1_000, isDelivered: false },
      point: { api: 'Fetch', edge: 'request' },
    },
    8_000,
    'd',
  ),
]
const moves: readonly FiredFault[] = [
  firedAt({ kind: 'guest', staysMs: 1_000 }, 10_000, 'g'),
  firedAt({ kind: 'stop', slot: 0, replacedAfterMs: 1_000 }, killedMs, 'a'),
]

/**
 * A run without a fault of millrace, for the self-tests of the verdicts: two partitions, one of which changes hands. In
 * chaos its worker is killed and two records are redone; the graceful worker is told to stop, and nothing waits.
 */
export function cleanChaos(how: 'killed' | 'stopped' = 'killed'): ChaosEvidence {
  const sent: SentRecord[] = []
  const lines: RunLine[] = []
  const commits: SeenCommit[] = []
  for (const partition of [0, 1]) {
    for (let index = 0; index < untilMs / everyMs; index += 1) {
      const record = recordAt(partition, index)
      sent.push(record)
      if (record.kind === 'ok') lines.push(...runsOf(record, how))
      const offset = BigInt(index + 1)
      if (index % 10 === 9) commits.push({ topic, partition, offset, generation: 0, atMs: untilMs + index })
    }
  }
  const handedOver = killedMs / everyMs
  const reached = how === 'killed' ? handedOver - openAtKill : handedOver
  const committed = new Map([
    [0, BigInt(reached)],
    [1, BigInt(handedOver)],
  ])
  const isKilled = how === 'killed'
  const fired = isKilled ? [...others, kill] : moves
  return {
    sent,
    lines: lines.toSorted((a, b) => a.timeMs - b.timeMs),
    commits,
    ...{ deadLetters: [{ source: poisonPlace }], originals: [poison], letters: [letter] },
    ends: [0, 1].map((partition) => ({ topic, partition, endOffset: BigInt(untilMs / everyMs) })),
    ...{ fromMs: 0, untilMs, planned: fired.length, plannedRecords: sent.length, fired },
    kills: isKilled ? [{ worker: 'a', atMs: killedMs, committed, readMs: killedMs + 10 }] : [],
    workers: [
      isKilled
        ? worker('a', [leaseStarted(0, 1, 0, 0)], { code: null, signal: 'SIGKILL' })
        : worker('a', [leaseStarted(0, 1, 0, 0), leaseEnded(0, 1, 'shutdown', killedMs), stopped()]),
      worker('b', [leaseStarted(1, 1, 0, 0), leaseEnded(1, 1, 'shutdown', untilMs), stopped()]),
      worker('c', [
        leaseStarted(0, 2, reached, isKilled ? takenOverMs : killedMs),
        leaseEnded(0, 2, 'shutdown', untilMs),
        stopped(),
      ]),
    ],
  }
}

const worker = (
  name: string,
  announcements: readonly Announcement[],
  exit: ChaosWorker['exit'] = { code: 0, signal: null },
): ChaosWorker => ({ name, announcements, exit, log: '' })

/** The last ledger of a worker, of one handler. */
export const stopped = (processed = 7): Announcement => ({
  signal: 'ledger',
  facts: {
    ...{ at: 'worker.stopped', groups: [] },
    handlers: [
      {
        ...{ group: 'billing', handler: 'orders', received: 7, processed, inFlight: 0 },
        ...{ retried: 0, deadLettered: 0, skipped: 0, abandoned: 0 },
      },
    ],
  },
})

export const leaseStarted = (partition: number, generation: number, offset: number, atMs: number): Announcement => ({
  signal: 'lease.started',
  facts: { topic, partition, generation, offset: String(offset), atMs },
})
export const leaseEnded = (partition: number, generation: number, reason: string, atMs: number): Announcement => ({
  signal: 'lease.ended',
  facts: { topic, partition, generation, reason, atMs },
})

const poisonPlace = { topic, partition: 1, offset: 500n }
const bytes = { key: Buffer.from('k1'), value: Buffer.from([0xff]), timestamp: 17n }
const ownHeader: readonly [Buffer, Buffer] = [Buffer.from('trace'), Buffer.from('1')]
const poison: OriginalRecord = { ...poisonPlace, ...bytes, headers: [ownHeader] }
const letter: ProbeRecord = {
  ...{ partition: 1, offset: 0n, timestampType: 'CreateTime', ...bytes },
  headers: [
    ownHeader,
    [Buffer.from('source-topic'), Buffer.from(topic)],
    [Buffer.from('source-partition'), Buffer.from('1')],
    [Buffer.from('source-offset'), Buffer.from('500')],
    [Buffer.from('error'), Buffer.from('not JSON')],
  ],
}

function recordAt(partition: number, index: number): SentRecord {
  const place = { topic, partition, offset: BigInt(index) }
  const kind = place.offset === poisonPlace.offset && partition === poisonPlace.partition ? 'poison' : 'ok'
  const id = `${kind}-${partition}-${index}`
  return { id, key: `k${partition}`, sequence: index, kind, ...place, ackedAtMs: index * everyMs }
}

function runsOf({ kind: _kind, ackedAtMs = 0, ...facts }: SentRecord, how: 'killed' | 'stopped'): readonly RunLine[] {
  const index = Number(facts.offset)
  const run = (by: string, generation: number, startMs: number): RunLine[] => [
    { ...facts, attempt: 1, worker: by, generation, edge: 'start', timeMs: startMs },
    { ...facts, attempt: 1, worker: by, generation, edge: 'done', timeMs: startMs + 0.5 },
  ]
  if (facts.partition === 1) return run('b', 1, ackedAtMs + 1)
  const lastOfA = killedMs / everyMs - 1
  if (how === 'stopped') return index <= lastOfA ? run('a', 1, ackedAtMs + 1) : run('c', 2, ackedAtMs + 1)
  const again = index > lastOfA - openAtKill && ackedAtMs < takenOverMs
  const redone = again ? run('c', 2, takenOverMs + index - lastOfA + openAtKill) : []
  if (index <= lastOfA) return [...run('a', 1, ackedAtMs + 1), ...redone]
  return again ? redone : run('c', 2, ackedAtMs + 40)
}
