import type { Difference } from './compare-traces.js'

/** A difference that stands: why it cannot or should not be otherwise. */
export interface KnownDifference {
  /** For people who use the broker: what is different. */
  readonly what: string
  readonly reason: string
  /** The scripts that show it; default any. */
  readonly scripts?: RegExp
  /** API, version and note of the step. */
  readonly at: RegExp
  readonly path: RegExp
}

/** Reviewed line by line. Whatever differs and is not here is a defect of the embedded broker. */
export const knownDifferences: readonly KnownDifference[] = []

export interface Verdict {
  /** Neither ignored nor known: defects. */
  readonly unexplained: readonly Difference[]
  /** Rows that explain at least one difference. */
  readonly known: readonly KnownDifference[]
  /** Rows that explain nothing any more and have to go. */
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

const explains = ({ scripts, at, path }: KnownDifference, difference: Difference): boolean =>
  (scripts?.test(difference.script) ?? true) && at.test(difference.at) && path.test(difference.path)
