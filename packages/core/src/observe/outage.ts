/**
 * Marks an error that says nothing about its record: a service that every record needs is away. Set it to true on an error of
 * yours, or throw `DependencyDown`. Of the global registry, so that two copies of this package understand each other.
 */
export const outage: unique symbol = Symbol.for('@millrace/core/outage')

/** How deep causes are followed: an error may be its own. */
const maxDepth = 16

/** Whether an error, or a cause of it, carries the mark: its record waits, and no attempt is counted. Never throws. */
export function isOutage(thrown: unknown): boolean {
  let error = thrown
  for (let depth = 0; depth < maxDepth; depth += 1) {
    if (typeof error !== 'object' || error === null) return false
    try {
      if (outage in error && error[outage] === true) return true
      error = 'cause' in error ? error.cause : undefined
    } catch {
      return false // a getter or proxy that throws marks nothing
    }
  }
  return false
}
