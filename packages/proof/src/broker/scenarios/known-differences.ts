import type { Difference } from './compare-traces.js'

/** A difference that stands: why it can't, or should not, be otherwise. */
export interface KnownDifference {
  /** For people who use the broker: what is different. */
  readonly what: string
  readonly reason: string
  /** Area and name of the scenario that shows it, as `offsets: a commit ...`. */
  readonly scenario: string
  /** The step of it. */
  readonly at: string
}

/** Reviewed line by line. Whatever differs and is not here is a defect of the embedded broker. */
export const knownDifferences: readonly KnownDifference[] = []

export const isKnown = (scenario: string, { at }: Difference): boolean =>
  knownDifferences.some((row) => row.scenario === scenario && row.at === at)
