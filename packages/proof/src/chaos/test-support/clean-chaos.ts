import type { Announcement, RunLine, SeenCommit, SentRecord } from '@millrace/testing'
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

const fault: ChaosFault = { kind: 'kill', slot: 0, replacedAfterMs: 1_000 }
export const kill: FiredFault = {
  planned: { atMs: killedMs, fault },
  ...{ atMs: killedMs, endMs: killedMs, hasFired: true, detail: 'a' },
}

/** A chaos run without a fault of millrace, for the self-tests of the verdict: two partitions, one kill, two redone. */
export function cleanChaos(): ChaosEvidence {
  const sent: SentRecord[] = []
  const lines: RunLine[] = []
  const commits: SeenCommit[] = []
  for (const partition of [0, 1]) {
    for (let index = 0; index < untilMs / everyMs; index += 1) {
      const record = recordAt(partition, index)
      sent.push(record)
      lines.push(...runsOf(record))
      const offset = BigInt(index + 1)
      if (index % 10 === 9) commits.push({ topic, partition, offset, generation: 0, atMs: untilMs + index })
    }
  }
  const committed = new Map([
    [0, BigInt(killedMs / everyMs - openAtKill)],
    [1, BigInt(killedMs / everyMs)],
  ])
  return {
    sent,
    lines: lines.toSorted((a, b) => a.timeMs - b.timeMs),
    ...{ commits, deadLetters: [], originals: [], letters: [] },
    ends: [0, 1].map((partition) => ({ topic, partition, endOffset: BigInt(untilMs / everyMs) })),
    ...{ fromMs: 0, untilMs, planned: 1, fired: [kill] },
    kills: [{ worker: 'a', atMs: killedMs, committed }],
    workers: [
      worker('a', [leaseStarted(0, 1, 0)], { code: null, signal: 'SIGKILL' }),
      worker('b', [leaseStarted(1, 1, 0), leaseEnded(1, 1, 'shutdown')]),
      worker('c', [leaseStarted(0, 2, killedMs / everyMs - openAtKill), leaseEnded(0, 2, 'shutdown')]),
    ],
  }
}

const worker = (
  name: string,
  announcements: readonly Announcement[],
  exit: ChaosWorker['exit'] = { code: 0, signal: null },
): ChaosWorker => ({ name, announcements, exit, log: '' })

export const leaseStarted = (partition: number, generation: number, offset: number): Announcement => ({
  signal: 'lease.started',
  facts: { topic, partition, generation, offset: String(offset) },
})
export const leaseEnded = (partition: number, generation: number, reason: string): Announcement => ({
  signal: 'lease.ended',
  facts: { topic, partition, generation, reason },
})

function recordAt(partition: number, index: number): SentRecord {
  const id = `ok-${partition}-${index}`
  const place = { topic, partition, offset: BigInt(index) }
  return { id, key: `k${partition}`, sequence: index, kind: 'ok', ...place, ackedAtMs: index * everyMs }
}

function runsOf({ kind: _kind, ackedAtMs = 0, ...facts }: SentRecord): readonly RunLine[] {
  const index = Number(facts.offset)
  const run = (worker: string, generation: number, startMs: number): RunLine[] => [
    { ...facts, attempt: 1, worker, generation, edge: 'start', timeMs: startMs },
    { ...facts, attempt: 1, worker, generation, edge: 'done', timeMs: startMs + 0.5 },
  ]
  if (facts.partition === 1) return run('b', 1, ackedAtMs + 1)
  const lastOfA = killedMs / everyMs - 1
  const again = index > lastOfA - openAtKill && ackedAtMs < takenOverMs
  const redone = again ? run('c', 2, takenOverMs + index - lastOfA) : []
  if (index <= lastOfA) return [...run('a', 1, ackedAtMs + 1), ...redone]
  return again ? redone : run('c', 2, ackedAtMs + 40)
}
