/** A proof that is run by hand and may be kept: `pnpm proof <name>` finds it as `proof` in `runs/<name>.ts`. */
export interface ProofRun {
  /** What is claimed, as the heading of the page that is kept. */
  readonly title: string
  /** The same, where it depends on the arguments. */
  readonly titleOf?: (args: readonly string[]) => string
  /**
   * Does it and prints Markdown while it goes on; the lines together are the page. Resolves with whether the claim held.
   * Ends early when `signal` aborts, and leaves no process behind in any case. Throws UsageError for arguments it does not know.
   */
  run(args: readonly string[], print: (line: string) => void, signal: AbortSignal): Promise<boolean>
  /** The name of the kept page without `.md`. Default the name of the run. */
  readonly keptAs?: (args: readonly string[]) => string
}

/** The arguments were wrong: its message is all that is shown. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
