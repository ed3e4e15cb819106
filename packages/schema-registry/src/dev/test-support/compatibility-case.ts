/** One change of a schema, and who can read whom after it. */
export interface CompatibilityCase {
  readonly change: string
  readonly before: unknown
  readonly after: unknown
  /** Whether a reader with the new schema reads what was written with the old one. */
  readonly backward: boolean
  /** Whether a reader with the old schema reads what was written with the new one. */
  readonly forward: boolean
}

type Row = readonly [
  change: string,
  before: unknown,
  after: unknown,
  readable: 'both' | 'backward' | 'forward' | 'neither',
]

export const casesOf = (rows: readonly Row[]): CompatibilityCase[] =>
  rows.map(([change, before, after, readable]) => ({
    change,
    before,
    after,
    backward: readable === 'both' || readable === 'backward',
    forward: readable === 'both' || readable === 'forward',
  }))
