import { type Evidence, groupBy, placeOf, type SeenCommit, type SentRecord, type Violation } from './evidence.js'
import { settlementsOf } from './settlements.js'

const partitionOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}[${partition}]`

/**
 * O5: no commit is above the lowest record that was open at that moment, commits rise within a generation, and in the end
 * everything is committed.
 */
export function checkCommits(evidence: Evidence): readonly Violation[] {
  const settled = settlementsOf(evidence)
  const sent = groupBy(evidence.sent, partitionOf)
  const commits = groupBy(evidence.commits, partitionOf)

  const early = [...commits].flatMap(([partition, seen]) =>
    tooHigh(seen, sent.get(partition) ?? [], (record) => settled.settledAtMs(record)),
  )
  const falling = [...commits.values()].flatMap(fallen)
  const lag = evidence.ends.flatMap((end) => {
    const last = (commits.get(partitionOf(end)) ?? []).toSorted(byTime).at(-1)
    if (last?.offset === end.endOffset || (last === undefined && !sent.has(partitionOf(end)))) return []
    return [`${partitionOf(end)} ends at ${end.endOffset}, but ${last?.offset ?? 'nothing'} is committed in the end`]
  })
  return [...early, ...falling, ...lag].map((text) => ({ oracle: 'O5', text }))
}

const byTime = (a: SeenCommit, b: SeenCommit): number => a.atMs - b.atMs

/** Commits and records side by side in offset order: a commit is too high when a record below it settled after it. */
function tooHigh(
  commits: readonly SeenCommit[],
  sent: readonly SentRecord[],
  settledAtMs: (record: SentRecord) => number,
): readonly string[] {
  const records = sent.toSorted((a, b) => (a.offset < b.offset ? -1 : 1))
  const found: string[] = []
  let next = 0
  let latest: { readonly record: SentRecord; readonly atMs: number } | undefined
  for (const commit of commits.toSorted((a, b) => (a.offset < b.offset ? -1 : 1))) {
    for (let record = records[next]; record !== undefined && record.offset < commit.offset; record = records[next]) {
      const atMs = settledAtMs(record)
      if (latest === undefined || atMs > latest.atMs) latest = { record, atMs }
      next += 1
    }
    if (latest !== undefined && latest.atMs > commit.atMs) {
      const { id } = latest.record
      found.push(
        `${partitionOf(commit)} was committed at ${commit.offset} while ${id} at ${placeOf(latest.record)} was open`,
      )
    }
  }
  return found
}

function fallen(commits: readonly SeenCommit[]): readonly string[] {
  const highest = new Map<number, bigint>()
  return commits.toSorted(byTime).flatMap((commit) => {
    const before = highest.get(commit.generation) ?? commit.offset
    highest.set(commit.generation, commit.offset > before ? commit.offset : before)
    const { generation, offset } = commit
    return offset >= before
      ? []
      : [`${partitionOf(commit)} fell from ${before} to ${offset} within generation ${generation}`]
  })
}
