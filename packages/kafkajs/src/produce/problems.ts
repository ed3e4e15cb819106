import type { Logger } from '@millrace/core'
import { plainError } from '../client/plain-error.js'

/**
 * What is wrong between the sender and its cluster, by node and by errand: one node that answers says nothing of another that does
 * not. Said once when it begins, and once when a leader answers and nothing else is wrong any more.
 */
export interface Problems {
  /** The latest of those that last; undefined while all is well. No class of kafkajs (its errors may be read by users). */
  readonly last: Error | undefined
  /** What lasts at a node. */
  at(node: number): Error | undefined
  /** Returns the error as it may be shown. `node`: whom it is about, until that one answers; else the errand, until it succeeds. */
  seen(error: unknown, doing: string, node?: number): Error
  /** An errand succeeded. */
  succeeded(doing: string): void
  /** A leader has answered. `throttledMs`: it wants to be left alone for so long, because a quota of this client is used up. */
  answered(node: number, throttledMs: number): void
  /** Only these nodes are of interest now: what is wrong at others concerns nobody. */
  keepNodes(nodes: ReadonlySet<number>): void
}

export function createProblems(logger: Logger): Problems {
  /** By node or errand, the latest at the end. */
  const lasting = new Map<number | string, Error>()
  const throttling = new Set<number>()
  let isInterrupted = false
  return {
    get last() {
      return [...lasting.values()].at(-1)
    },
    at: (node) => lasting.get(node),
    seen(error, doing, node) {
      const problem = plainError(error)
      if (!isInterrupted) logger.warn({ err: problem, doing }, 'sending is interrupted; it is tried again')
      isInterrupted = true
      const about = node ?? doing
      lasting.delete(about)
      lasting.set(about, problem)
      return problem
    },
    succeeded: (doing) => void lasting.delete(doing),
    answered(node, throttledMs) {
      lasting.delete(node)
      if (isInterrupted && lasting.size === 0) {
        isInterrupted = false
        logger.info({}, 'sending works again')
      }
      if (throttledMs <= 0) {
        if (throttling.delete(node)) logger.info({ node }, 'sending is no longer slowed down')
      } else if (!throttling.has(node)) {
        throttling.add(node)
        logger.warn({ node, throttledMs }, 'a quota of the cluster slows sending down')
      }
    },
    keepNodes(nodes) {
      for (const about of lasting.keys()) if (typeof about === 'number' && !nodes.has(about)) lasting.delete(about)
    },
  }
}
