import type { Difference } from './compare-traces.js'
import { type KnownDifference, knownDifferences } from './known-differences.js'

export interface Verdict {
  /** Defects of the embedded broker. */
  readonly unexplained: readonly Difference[]
  /** Rows that explain at least one difference. */
  readonly known: readonly KnownDifference[]
  /** Rows that explain none. */
  readonly stale: readonly KnownDifference[]
}

export function judgeDifferences(
  differences: readonly Difference[],
  rows: readonly KnownDifference[] = knownDifferences,
): Verdict {
  const seen = new Set<KnownDifference>()
  const unexplained = differences.filter((difference) => {
    const row = rows.find((each) => explains(each, difference))
    if (row !== undefined) seen.add(row)
    return row === undefined
  })
  return { unexplained, known: [...seen], stale: rows.filter((row) => !seen.has(row)) }
}

const explains = ({ script, at, path }: KnownDifference, difference: Difference): boolean =>
  (script?.test(difference.script) ?? true) && at.test(difference.at) && path.test(difference.path)
