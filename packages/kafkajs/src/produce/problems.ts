import type { Logger } from '@millrace/core'
import { plainError } from '../client/plain-error.js'

/** What went wrong last between the sender and its cluster. Said once when it begins and once when it is over. */
export interface Problems {
  /** Undefined while all is well. No class of kafkajs (its errors may be read by users). */
  readonly last: Error | undefined
  /** Returns the error as it may be shown. */
  seen(error: unknown, doing: string): Error
  /** A leader has answered. `throttledMs`: it wants to be left alone for so long, because a quota of this client is used up. */
  answered(node: number, throttledMs: number): void
}

export function createProblems(logger: Logger): Problems {
  let last: Error | undefined
  const throttling = new Set<number>()
  return {
    get last() {
      return last
    },
    seen(error, doing) {
      const problem = plainError(error)
      if (last === undefined) logger.warn({ err: problem, doing }, 'sending is interrupted; it is tried again')
      last = problem
      return problem
    },
    answered(node, throttledMs) {
      if (last !== undefined) logger.info({}, 'sending works again')
      last = undefined
      if (throttledMs <= 0) {
        if (throttling.delete(node)) logger.info({ node }, 'sending is no longer slowed down')
      } else if (!throttling.has(node)) {
        throttling.add(node)
        logger.warn({ node, throttledMs }, 'a quota of the cluster slows sending down')
      }
    },
  }
}
