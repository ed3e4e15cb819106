/** A broker that is wrong in one way: one place of one of its sources, replaced. */
export interface Mutant {
  /** What is wrong, as it follows "a broker that". */
  readonly name: string
  /** Below `packages/broker/src`. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly search: string
  readonly replace: string
  /** The recorded scripts that are about it, by area. */
  readonly areas: readonly string[]
  /** The unit suites that are about it, by folder below `packages/broker/src`. */
  readonly suites: readonly string[]
}
