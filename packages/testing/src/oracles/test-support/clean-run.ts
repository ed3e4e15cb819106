import type { RunLine } from '../../harness/run-line.js'
import type { Evidence, RecordKind, SeenCommit, SentRecord } from '../evidence.js'

const cleanRunAttempts = 3

const kinds: readonly RecordKind[] = ['ok', 'transient', 'poison', 'slow', 'permanent', 'ok', 'ok', 'transient']

/**
 * A run without a fault, for the self-tests of the checkers: two partitions, two keys in each, one worker, generation 1,
 * records one after another, a commit after each eighth record and at the end.
 */
export function cleanRun({ perPartition = 16 } = {}): Evidence {
  const sent: SentRecord[] = []
  const lines: RunLine[] = []
  const commits: SeenCommit[] = []
  const deadLetters: Evidence['deadLetters'][number][] = []
  const topic = 'orders'
  let now = 0

  for (let place = 0; place < perPartition * 2; place += 1) {
    const partition = place % 2
    const turn = Math.floor(place / 2)
    const record: SentRecord = {
      id: `r${place}`,
      key: `k${partition}${turn % 2}`,
      sequence: Math.floor(turn / 2),
      kind: kinds[turn % kinds.length] ?? 'ok',
      topic,
      partition,
      offset: BigInt(turn),
    }
    sent.push(record)
    for (const edge of edgesOf(record.kind)) {
      const { kind: _kind, ...facts } = record
      now += 1
      lines.push({ ...facts, ...edge, worker: 'one', generation: 1, timeMs: now })
    }
    if (record.kind === 'poison' || record.kind === 'permanent') deadLetters.push({ source: record })
    now += 1
    if (turn % 8 === 7) commits.push({ topic, partition, offset: BigInt(turn + 1), generation: 1, atMs: now })
  }
  const ends = [0, 1].map((partition) => ({ topic, partition, endOffset: BigInt(perPartition) }))
  return { sent, lines, deadLetters, commits, ends }
}

type Edge = Pick<RunLine, 'edge' | 'attempt'>
const attempt = (number: number, edge: 'done' | 'threw'): readonly Edge[] => [
  { edge: 'start', attempt: number },
  { edge, attempt: number },
]

/** Poison is never handled; a transient record fails once, a permanent one each time. */
function edgesOf(kind: RecordKind): readonly Edge[] {
  if (kind === 'poison') return []
  if (kind === 'permanent') return [1, 2, cleanRunAttempts].flatMap((number) => attempt(number, 'threw'))
  if (kind === 'transient') return [...attempt(1, 'threw'), ...attempt(2, 'done')]
  return attempt(1, 'done')
}
