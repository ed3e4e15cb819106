/** One row of the error catalogue. The facts are typed, so that a message can't be built with a hole in it. */
export interface ErrorEntry<Facts> {
  /** What happened, in one sentence. */
  readonly what: (facts: Facts) => string
  /** Why it happened, and what it means for the records. */
  readonly why: string
  /** What to do next. */
  readonly todo: string
  /** Whether trying the same thing again can help. */
  readonly retriable: boolean
}

export const entry = <Facts>(row: ErrorEntry<Facts>): ErrorEntry<Facts> => row

/** One thing that is wrong in a declaration, an option or the environment, with the way out. */
export interface Problem {
  /** The place as the user wrote it: `billing: Orders -> placed`, `option "timeout"`. */
  readonly where: string
  readonly problem: string
  readonly fix: string
}

/** Problems as an indented list: all of them at once, each with its fix. */
export const listProblems = (problems: readonly Problem[]): string =>
  problems.map(({ where, problem, fix }) => `\n  - ${where}: ${problem}\n    fix: ${fix}`).join('')
