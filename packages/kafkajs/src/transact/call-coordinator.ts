import { type Clock, fail } from '@millrace/core'
import { plainError } from '../client/plain-error.js'
import type { BrokerLink } from '../produce/broker-links.js'
import type { WireRequest } from '../produce/wire-broker.js'
import { type Coordinators, unauthorized } from './coordinators.js'
import type { Coordinated } from './requests/find-coordinator.js'
import { gravestOf, transactionErrorOf } from './transaction-errors.js'
import { toFault, TransactionFault } from './transaction-fault.js'
import { withinLimits } from './within-limits.js'

export interface Call<Answer> {
  readonly to: Coordinated
  readonly request: WireRequest<Answer>
  readonly codesOf: (answer: Answer) => Iterable<number>
  /** Whom a missing permission may concern beside `to`. */
  readonly about?: Coordinated
  /** Asking twice does no harm, and the second answer speaks for the first. Default: an answer that is lost ends the call. */
  readonly repeatsLost?: boolean
  /** Before each try; what it throws ends the call. */
  readonly before?: () => void
}

export interface CallLimits {
  readonly limitMs: number
  readonly signal: AbortSignal
}

export interface Answered<Answer> {
  readonly answer: Answer
  /** The answer to an earlier try was lost: that request may still be on its way. */
  readonly wasLost: boolean
}

/** @throws TransactionFault */
export type CallCoordinator = <Answer>(call: Call<Answer>, limits: CallLimits) => Promise<Answered<Answer>>

/**
 * CONCURRENT_TRANSACTIONS is over as soon as the markers are written, on an idle broker after 2 to 4 ms (K16). A transaction of
 * 100 records right behind another one takes 5.0 ms with a first wait of 1 ms and 10.0 ms with one of 5.
 */
const FIRST_WAIT_MS = 1
const LONGEST_WAIT_MS = 100
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

/** GROUP_AUTHORIZATION_FAILED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED. */
const PERMISSION_OF: Readonly<Record<number, Coordinated['kind']>> = { 30: 'group', 53: 'transaction' }

/** What one try came to. */
type Try<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'again'; readonly isQuick: boolean; readonly isInDoubt: boolean; readonly problem: Error }
  | { readonly kind: 'lost'; readonly problem: Error }

/** One request to a coordinator, wherever it is, repeated as `transaction-errors.ts` says, until its limit or its signal. */
export function createCallCoordinator({
  coordinators,
  clock,
}: {
  readonly coordinators: Coordinators
  readonly clock: Clock
}): CallCoordinator {
  return async <Answer>(call: Call<Answer>, { limitMs, signal }: CallLimits): Promise<Answered<Answer>> => {
    const { request } = call
    const endAtMs = clock.now() + limitMs
    let isInDoubt = false
    let wasLost = false
    let waits = 0
    for (let tries = 1; ; tries += 1) {
      call.before?.()
      const bounded: Bounded = (work) => withinLimits(clock, { limitMs: endAtMs - clock.now(), signal }, work)
      const found: Try<Answer> = await tryOnce(coordinators, call, bounded).catch((error: unknown) => {
        throw isInDoubt ? doubted(toFault(error)) : error
      })
      if (found.kind === 'answered') return { answer: found.answer, wasLost }
      wasLost ||= found.kind === 'lost'
      isInDoubt ||= found.kind === 'lost' || found.isInDoubt
      const { problem } = found
      if (found.kind === 'lost' && call.repeatsLost !== true) throw lost(request.apiName, problem)
      const isQuick = found.kind === 'again' && found.isQuick
      waits = isQuick ? waits + 1 : 0
      const pauseMs = isQuick
        ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (waits - 1))
        : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
      if (clock.now() + pauseMs < endAtMs) await clock.wait(pauseMs, signal)
      else throw givenUp(request.apiName, `not within ${limitMs} ms: ${problem.message}`, isInDoubt, problem)
      if (signal.aborted) throw givenUp(request.apiName, 'it was called off', isInDoubt, signal.reason)
    }
  }
}

/** The rest of the limit, and the signal, bound each part of a try. */
type Bounded = <Value>(work: Promise<Value>) => Promise<Value>

async function tryOnce<Answer>(
  coordinators: Coordinators,
  { to, about, request, codesOf, repeatsLost = false }: Call<Answer>,
  bounded: Bounded,
): Promise<Try<Answer>> {
  let link: BrokerLink
  try {
    link = await bounded(coordinators.connect(to))
  } catch (error) {
    if (error instanceof TransactionFault) throw error
    return { kind: 'again', isQuick: false, isInDoubt: false, problem: plainError(error) }
  }
  assertSpeaks(link, request)
  let answer: Answer
  try {
    answer = await bounded(link.ask(request))
  } catch (error) {
    coordinators.forget(to)
    return { kind: 'lost', problem: plainError(error) }
  }
  const code = gravestOf(codesOf(answer))
  if (code === 0) return { kind: 'answered', answer }
  const { name, verdict, applied } = transactionErrorOf(code)
  const problem = new Error(`${request.apiName} was answered ${name}`)
  const isInDoubt = applied === 'maybe'
  if (verdict === 'elsewhere') coordinators.forget(to)
  if (
    verdict === 'wait' ||
    verdict === 'retry' ||
    verdict === 'elsewhere' ||
    (verdict === 'rebuild' && repeatsLost && isInDoubt)
  ) {
    return { kind: 'again', isQuick: verdict === 'wait', isInDoubt, problem }
  }
  const refuser = [to, about].find((one) => one !== undefined && one.kind === PERMISSION_OF[code])
  const cause = refuser === undefined ? undefined : unauthorized(refuser, code).cause
  throw new TransactionFault(problem.message, { verdict, code, isInDoubt, cause })
}

/** @throws TransactionFault where the node is too old for the request: kafkajs would send it in an older version. */
export function assertSpeaks(
  link: BrokerLink,
  { apiKey, apiName, versions }: Pick<WireRequest<unknown>, 'apiKey' | 'apiName' | 'versions'>,
): void {
  const oldest = Math.min(...versions)
  if ((link.speaks(apiKey) ?? -1) >= oldest) return
  const missing = `${apiName} version ${oldest}`
  const cause = fail('MILLRACE_DRIVER_TRANSACTIONS_UNSUPPORTED', { broker: link.address, missing })
  throw new TransactionFault(cause.message, { verdict: 'refused', cause })
}

/** How the last try ended says nothing of the ones before. */
const doubted = ({ message, verdict, code, cause }: TransactionFault): TransactionFault =>
  new TransactionFault(message, { verdict, code, isInDoubt: true, cause })

const lost = (apiName: string, cause: Error): TransactionFault =>
  new TransactionFault(`the answer to ${apiName} was lost: ${cause.message}`, {
    verdict: 'rebuild',
    isInDoubt: true,
    cause,
  })

const givenUp = (apiName: string, why: string, isInDoubt: boolean, cause: unknown): TransactionFault =>
  new TransactionFault(`${apiName} was given up: ${why}`, {
    verdict: isInDoubt ? 'rebuild' : 'abort',
    isInDoubt,
    cause,
  })
