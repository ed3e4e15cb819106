import { isObject } from '../internals.js'

const MAX_CAUSES = 8

/** An error and its causes, outermost first. Bounded: a chain may go in a circle. */
export function* causesOf(error: unknown): Generator<Record<string, unknown>> {
  for (let at = error, depth = 0; isObject(at) && depth < MAX_CAUSES; at = at['cause'], depth += 1) yield at
}
