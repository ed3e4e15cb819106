import { type Duration, parseDuration } from '../faults/duration.js'
import type { BrokerEvents } from '../observe/broker-events.js'
import { type ConditionName, type Conditions, conditionNames, lookAt } from './conditions.js'
import { BrokerControlError, type BrokerControlErrorCode } from './control-error.js'
import type { Inspection } from './inspection.js'

export interface UntilOptions {
  /** On the machine's clock, whatever the broker's is. Default: `10s`. */
  readonly timeout?: Duration
  readonly signal?: AbortSignal
}

/** Waits for the broker: looks when something happens in it, and now and then for what the predicate may know from elsewhere. */
export interface Until {
  /**
   * Resolves as soon as the predicate holds, at once if it does. Throws `BROKER_WAIT_TIMED_OUT`, `BROKER_WAIT_ABORTED` (the signal's
   * reason is the cause) or `BROKER_STOPPED`, each with what was seen last; and what the predicate throws.
   */
  (predicate: (view: Inspection) => boolean, options?: UntilOptions): Promise<void>
  /** The same by name: `until('group.stable', { group: 'billing', members: 2 })`. */
  <N extends ConditionName>(name: N, facts: Conditions[N], options?: UntilOptions): Promise<void>
}

export interface UntilParts {
  readonly view: Inspection
  readonly events: Pick<BrokerEvents, 'subscribe'>
}

// Taken when the module loads, so that a test's fake timers do not stop the limit of its waits.
const {
  setTimeout: startTimer,
  clearTimeout: stopTimer,
  setInterval: startInterval,
  clearInterval: stopInterval,
} = globalThis

const defaultTimeoutMs = 10_000
/** For predicates that look at more than the broker: nothing that happens inside it is waited for this way. */
const lookAgainMs = 20

type Look = { readonly what: string; see(): { readonly holds: boolean; readonly saw: string } }

export function createUntil({ view, events }: UntilParts): Until {
  return async (...args: readonly unknown[]) => {
    const { look, options } = readArguments(args, view)
    return waitFor(look, events, options)
  }
}

function readArguments(args: readonly unknown[], view: Inspection): { look: Look; options: UntilOptions } {
  const [first, second, third] = args
  if (typeof first === 'function') {
    const predicate = first as (view: Inspection) => boolean
    return { look: lookBy(predicate, view), options: (second ?? {}) as UntilOptions }
  }
  if (typeof first !== 'string' || !conditionNames.includes(first)) {
    const known = conditionNames.join(', ')
    throw new BrokerControlError('BROKER_BAD_WAIT', `"${String(first)}" is no condition; these are: ${known}.`)
  }
  // The overloads hold a name and its facts together.
  const [name, facts] = [first as ConditionName, second as Conditions[ConditionName]]
  const what = `${name} ${factsText(facts)}`
  return { look: { what, see: () => lookAt(name, view, facts as never) }, options: (third ?? {}) as UntilOptions }
}

const lookBy = (predicate: (view: Inspection) => boolean, view: Inspection): Look => ({
  what: predicate.toString().replaceAll(/\s+/g, ' ').slice(0, 200),
  see: () => {
    const holds = predicate(view)
    return { holds, saw: holds ? '' : `\n${view.toString()}` }
  },
})

const factsText = (facts: object): string =>
  Object.entries(facts)
    .map(([name, fact]) => `${name} ${String(fact)}`)
    .join(', ')

function waitFor(look: Look, events: UntilParts['events'], options: UntilOptions): Promise<void> {
  const timeoutMs = limitOf(options)
  const { signal } = options
  return new Promise((resolve, reject) => {
    const wait = new Wait(look, resolve, reject)
    const abort = (): void => wait.giveUp('BROKER_WAIT_ABORTED', 'The wait was aborted.', signal?.reason)

    wait.see()
    if (wait.isOver) return
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort, { once: true })
    const timer = startTimer(
      () => wait.giveUp('BROKER_WAIT_TIMED_OUT', `Nothing came of it within ${timeoutMs} ms.`),
      timeoutMs,
    )
    const interval = startInterval(() => wait.see(), lookAgainMs)
    const unsubscribe = events.subscribe(
      (event) => {
        if (event.kind === 'broker.stopped')
          queueMicrotask(() => wait.giveUp('BROKER_STOPPED', 'The broker was stopped.'))
        wait.seeSoon()
      },
      { requests: true },
    )
    wait.atItsEnd(
      () => signal?.removeEventListener('abort', abort),
      () => stopTimer(timer),
      () => stopInterval(interval),
      unsubscribe,
    )
  })
}

function limitOf({ timeout }: UntilOptions): number {
  const timeoutMs = parseDuration(timeout ?? defaultTimeoutMs)
  if (timeoutMs !== undefined) return timeoutMs
  throw new BrokerControlError(
    'BROKER_BAD_WAIT',
    `"${String(timeout)}" is no time; write '500ms', '10s' or a number of milliseconds.`,
  )
}

/** One wait. It ends once: because what it looks for is there, or cannot be looked at, or because it is given up. */
class Wait {
  readonly #look: Look
  readonly #resolve: () => void
  readonly #reject: (error: unknown) => void
  readonly #endings: (() => void)[] = []
  #isOver = false
  #isDue = false

  constructor(look: Look, resolve: () => void, reject: (error: unknown) => void) {
    this.#look = look
    this.#resolve = resolve
    this.#reject = reject
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** What it must not leave behind. */
  atItsEnd(...endings: readonly (() => void)[]): void {
    this.#endings.push(...endings)
  }

  see(): void {
    if (this.#isOver) return
    try {
      if (this.#look.see().holds) this.#end(this.#resolve)
    } catch (error) {
      this.#end(() => this.#reject(error))
    }
  }

  /** The change that an event tells of may still be under way: it is looked at once when the turn's work is done. */
  seeSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.see()
    })
  }

  giveUp(code: BrokerControlErrorCode, why: string, cause?: unknown): void {
    this.#end(() => {
      const message = `${why} Waited for: ${this.#look.what}. Saw: ${lastSeen(this.#look)}`
      this.#reject(new BrokerControlError(code, message, { cause }))
    })
  }

  #end(settle: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const ending of this.#endings) ending()
    settle()
  }
}

function lastSeen(look: Look): string {
  try {
    return look.see().saw
  } catch (error) {
    return String(error)
  }
}
