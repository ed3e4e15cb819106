import { MillraceError } from '@millrace/core'

/** An error as it may cross the driver: no class of kafkajs does. The words, the stack and the causes stay. */
export function plainError(thrown: unknown, depth = 0): Error {
  if (thrown instanceof MillraceError) return thrown
  if (!(thrown instanceof Error)) return new Error(`something that is not an Error was thrown: ${String(thrown)}`)
  const cause =
    thrown.cause instanceof Error && thrown.cause !== thrown && depth < MAX_CAUSES ? thrown.cause : undefined
  const plain = new Error(thrown.message, cause === undefined ? {} : { cause: plainError(cause, depth + 1) })
  plain.name = thrown.name
  if (thrown.stack !== undefined) plain.stack = thrown.stack
  return plain
}

const MAX_CAUSES = 4
