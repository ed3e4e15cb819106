/** A fault or a wish of a test that cannot be. `code` says which kind; the message names every problem at once. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly code: FaultErrorCode
  readonly problems: readonly string[]

  constructor(code: FaultErrorCode, problems: readonly string[], options?: ErrorOptions) {
    const text = problems.length === 1 ? `${problems[0]}` : `${problems.length} problems:\n- ${problems.join('\n- ')}`
    super(text, options)
    this.code = code
    this.problems = problems
  }
}

/** `BROKER_BAD_FAULT`: a rule that means nothing. `BROKER_BAD_PLAN`: data that is no plan. */
export type FaultErrorCode = 'BROKER_BAD_FAULT' | 'BROKER_BAD_PLAN'
