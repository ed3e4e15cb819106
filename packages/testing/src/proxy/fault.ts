import { once } from 'node:events'
import type { ApiName } from './api-names.js'
import type { Frame } from './unanswered.js'

/** Whom a fault is for; what is left out matches everything. */
export interface Which {
  readonly api?: ApiName
  /** As the client calls itself. A connection has no client id before its first request. */
  readonly clientId?: string
  readonly node?: number
}

/** A fault that was asked for. It ends with `end()`, with `heal()` or when it has happened as often as it should. */
export interface Fault {
  /** How often it has struck: frames held, delayed, slowed or swallowed, connections cut or refused. */
  readonly fired: number
  /** Resolves when it has struck `times` (default 1). Rejects with the reason of `signal`, or when it ends before. */
  struck(signal: AbortSignal, times?: number): Promise<void>
  end(): void
}

export type FaultKind =
  /** Bytes of these directions wait until the fault ends; nothing is lost, as TCP would have it. */
  | { readonly kind: 'hold'; readonly directions: readonly Frame['direction'][] }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Frames of this direction are swallowed, at most so many. */
  | {
      readonly kind: 'drop'
      readonly direction: Frame['direction']
      readonly times: number
      readonly silently: boolean
    }
  | { readonly kind: 'refuse' }
  /** Over when it is made. */
  | { readonly kind: 'cut' }

/** A fault as the proxy works with it. */
export interface ActiveFault extends Fault {
  readonly what: FaultKind
  readonly which: Which
  /** Aborts when the fault ends. */
  readonly over: AbortSignal
  /** Counts one; the same frame counts once. */
  strike(frame?: object): void
}

export function createFault(what: FaultKind, which: Which, onEnd: (fault: ActiveFault) => void): ActiveFault {
  const ended = new AbortController()
  const strikes = new EventTarget()
  const counted = new WeakSet()
  let fired = 0

  const fault: ActiveFault = {
    what,
    which,
    over: ended.signal,
    get fired() {
      return fired
    },
    strike(frame) {
      if (frame !== undefined && counted.has(frame)) return
      if (frame !== undefined) counted.add(frame)
      fired += 1
      strikes.dispatchEvent(new Event('strike'))
    },
    async struck(signal, times = 1) {
      signal.throwIfAborted()
      const limit = AbortSignal.any([signal, ended.signal])
      while (fired < times) {
        limit.throwIfAborted()
        // An abort is looked at above, together with what has struck until then.
        await once(strikes, 'strike', { signal: limit }).catch(() => undefined)
      }
    },
    end() {
      if (ended.signal.aborted) return
      ended.abort(new Error(`the ${what.kind} fault has ended`))
      onEnd(fault)
    },
  }
  return fault
}

export const matches = (which: Which, frame: { [Name in keyof Which]?: Which[Name] | null | undefined }): boolean =>
  (which.api === undefined || which.api === frame.api) &&
  (which.clientId === undefined || which.clientId === frame.clientId) &&
  (which.node === undefined || which.node === frame.node)
