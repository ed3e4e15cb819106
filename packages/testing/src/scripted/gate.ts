import type { Clock } from '@millrace/core'

/** What a held caller waits for, at most. */
export interface GateWait {
  readonly signals?: readonly AbortSignal[]
  readonly limitMs?: number
}
export type GateEnd = 'open' | 'aborted' | 'timed-out'

/** A place where a test stops traffic, or lets the next calls fail. */
export interface Gate<Subject, Failure> {
  /** Stops everything that matches until the returned function is called. */
  hold(matches: (subject: Subject) => boolean): () => void
  isHeld(subject: Subject): boolean
  failNext(count: number, failure: Failure, matches: (subject: Subject) => boolean): void
  /** Undefined when nothing holds the subject, so that an open gate costs no promise. */
  wait(subject: Subject, limits: GateWait): Promise<GateEnd> | undefined
  /** The failure planned for the subject, counted down. */
  takeFailure(subject: Subject): Failure | undefined
  /** Calls that are being held. */
  readonly held: number
}

export function createGate<Subject, Failure>(clock: Clock): Gate<Subject, Failure> {
  const holds = new Set<(subject: Subject) => boolean>()
  const waiting = new Set<{ subject: Subject; end: (how: GateEnd) => void }>()
  let plans: { left: number; failure: Failure; matches: (subject: Subject) => boolean }[] = []

  const isHeld = (subject: Subject): boolean => [...holds].some((matches) => matches(subject))

  return {
    hold(matches) {
      holds.add(matches)
      return () => {
        holds.delete(matches)
        for (const call of waiting) if (!isHeld(call.subject)) call.end('open')
      }
    },
    isHeld,
    failNext(count, failure, matches) {
      plans.push({ left: count, failure, matches })
    },
    wait(subject, { signals = [], limitMs }) {
      if (!isHeld(subject)) return undefined
      return new Promise((resolve) => {
        const end = (how: GateEnd): void => {
          waiting.delete(call)
          timer?.cancel()
          for (const signal of signals) signal.removeEventListener('abort', abort)
          resolve(how)
        }
        const abort = (): void => end('aborted')
        const call = { subject, end }
        const timer = limitMs === undefined ? undefined : clock.after(limitMs, () => end('timed-out'))
        waiting.add(call)
        for (const signal of signals) signal.addEventListener('abort', abort, { once: true })
        if (signals.some(({ aborted }) => aborted)) abort()
      })
    },
    takeFailure(subject) {
      const plan = plans.find(({ matches }) => matches(subject))
      if (plan === undefined) return undefined
      plan.left -= 1
      plans = plans.filter(({ left }) => left > 0)
      return plan.failure
    },
    get held() {
      return waiting.size
    },
  }
}
