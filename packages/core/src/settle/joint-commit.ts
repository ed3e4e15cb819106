import { isMillraceError } from '../millrace-error.js'
import type { LeaseCommit } from '../receive/driver.js'

export type Commit = (commits: readonly LeaseCommit[], signal: AbortSignal) => Promise<void>

interface Asked {
  readonly commits: readonly LeaseCommit[]
  readonly signal: AbortSignal
  readonly answer: PromiseWithResolvers<void>
}

/**
 * One commit in flight for leases that are stored each by itself: what comes meanwhile goes out as one when it is back. A signal
 * takes its commit back as long as it waits; what is out is ended by `over` alone, for it is that of others, too.
 */
export function createJointCommit(commit: Commit, over: AbortSignal): Commit {
  let waiting: Asked[] = []
  let isOut = false

  async function sendAll(asked: readonly Asked[]): Promise<void> {
    try {
      await commit(
        asked.flatMap(({ commits }) => commits),
        over,
      )
    } catch (error) {
      const hasOthers = asked.length > 1 && isMillraceError(error, 'MILLRACE_DRIVER_LEASE_ENDED')
      if (hasOthers) for (const one of asked) await sendAll([one])
      else for (const { answer } of asked) answer.reject(error)
      return
    }
    for (const { answer } of asked) answer.resolve()
  }

  async function sendWaiting(): Promise<void> {
    isOut = true
    while (waiting.length > 0) {
      const asked = waiting.filter(({ signal }) => !signal.aborted)
      for (const { signal, answer } of waiting) if (signal.aborted) answer.reject(signal.reason)
      waiting = []
      if (asked.length > 0) await sendAll(asked)
    }
    isOut = false
  }

  return (commits, signal) => {
    const answer = Promise.withResolvers<void>()
    waiting.push({ commits, signal, answer })
    if (!isOut) void sendWaiting()
    return answer.promise
  }
}
