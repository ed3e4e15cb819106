import type { Clock } from '../clock/clock.js'
import type { Call, CallObserver, CallOutcome } from '../faults/fault-gate.js'
import { findApi } from '../protocol/apis.js'
import { wireText } from './wire-text.js'

/** Requests and their answers, decoded, one line each in the order in which they were finished. Off until it is started. */
export interface WireTrace {
  readonly isOn: boolean
  /** Forgets what was traced before. It costs every request its text. */
  start(): void
  /** What was traced stays. */
  stop(): void
  /** The newest `maxLines`, then what still waits for its answer. Without times, two runs of the same plan can be compared. */
  lines(options?: { times?: boolean }): string[]
  toString(): string
}

export interface WireTraceOptions {
  readonly clock: Clock
  /** Lines that are kept. Default: 1,000. */
  readonly maxLines?: number
  /** Characters of a request, and of an answer. Default: 1,000. */
  readonly maxLength?: number
  /** The faults that struck a request. */
  readonly strikesOf?: (call: Call) => readonly string[]
}

interface Traced {
  readonly atMs: number
  readonly head: string
  readonly asked: string
}

interface Finished {
  readonly atMs: number
  readonly text: string
  readonly elapsedMs: number
}

/** Of requests that are waiting, so many are remembered: more than there are connections means that nobody finishes them. */
const maxWaiting = 10_000

export function createWireTrace(options: WireTraceOptions): WireTrace & CallObserver {
  const { clock, maxLines = 1_000, maxLength = 1_000, strikesOf } = options
  const waiting = new Map<Call, Traced>()
  const finished: Finished[] = []
  let startMs = 0
  let isOn = false

  const stamp = (atMs: number): string => `+${((atMs - startMs) / 1000).toFixed(3)}s `

  const outcomeText = (call: Call, outcome: CallOutcome): string => {
    if (outcome.kind !== 'answered') return outcome.kind === 'unanswered' ? 'no answer' : outcome.kind
    return wireText(findApi(call.apiKey)?.response.fields ?? {}, outcome.body, maxLength)
  }

  const lines = ({ times = true } = {}): string[] => [
    ...finished.map(({ atMs, text, elapsedMs }) => (times ? `${stamp(atMs)}${text} (${elapsedMs} ms)` : text)),
    ...[...waiting.values()].map(({ atMs, head, asked }) => `${times ? stamp(atMs) : ''}${head} ${asked} -> waiting`),
  ]

  return {
    get isOn() {
      return isOn
    },
    start() {
      isOn = true
      startMs = clock.now()
      waiting.clear()
      finished.length = 0
    },
    stop() {
      isOn = false
    },
    lines,
    toString: () => lines().join('\n'),
    arrived(call) {
      if (!isOn || waiting.size >= maxWaiting) return
      const asked = wireText(findApi(call.apiKey)?.request.fields ?? {}, call.request, maxLength)
      waiting.set(call, { atMs: clock.now(), head: headOf(call), asked })
    },
    finished(call, outcome) {
      const traced = waiting.get(call)
      if (traced === undefined) return
      waiting.delete(call)
      const strikes = (strikesOf?.(call) ?? []).map((strike) => ` ! ${strike}`).join('')
      const text = `${traced.head} ${traced.asked} -> ${outcomeText(call, outcome)}${strikes}`
      finished.push({ atMs: traced.atMs, text, elapsedMs: clock.now() - traced.atMs })
      if (finished.length > maxLines) finished.shift()
    },
  }
}

/** Connection and request on it, who, what, in which version. */
const headOf = ({ connectionId, correlationId, clientId, api, apiVersion }: Call): string =>
  `#${connectionId}.${correlationId} ${nameText(clientId)} ${api} ${apiVersion}`

/** Clients call themselves what they like; a line stays one line. */
const nameText = (clientId: string): string => {
  if (clientId === '') return '-'
  return /^[\w.:@/-]+$/.test(clientId) ? clientId : JSON.stringify(clientId)
}
