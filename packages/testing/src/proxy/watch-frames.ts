import type { ApiName } from './api-names.js'
import { matches, type Which } from './fault.js'
import type { ProxiedConnection } from './proxied-connection.js'
import type { Frame } from './unanswered.js'

/** A request, or an answer, at the moment when it passes the proxy. */
export interface SeenFrame extends Omit<Frame, 'direction'> {
  /** Lets a held one go on. Nothing where it was not held. */
  release(): void
  /** Resolves when its first bytes have been passed on; false when its connection has ended before. Never rejects. */
  readonly passed: Promise<boolean>
  /** Resets its connection; one that is held is then never delivered. */
  cut(): void
}

export interface WatchOptions extends Omit<Which, 'api'> {
  /**
   * Keeps it, and all that follows on its connection in that direction, in the proxy until `release()`, `cut()`, `heal()`
   * or `close()`: so a process can be killed before the broker saw a request, or after it and before the client knew.
   * Default false.
   */
  readonly hold?: boolean
}

interface Watch {
  readonly direction: Frame['direction']
  readonly which: Which
  readonly hold: boolean
  readonly seen: (frame: SeenFrame) => void
}

/** The waits for the next frame of a kind. */
export interface FrameWatch {
  next(
    direction: Frame['direction'],
    api: ApiName,
    signal: AbortSignal,
    options: WatchOptions | undefined,
  ): Promise<SeenFrame>
  /** Tells the waits of a frame that has begun; a promise where one of them holds it. */
  meet(frame: Frame, connection: ProxiedConnection, ended: AbortSignal): Promise<void> | undefined
  /** The first bytes of a frame have been passed on. */
  pass(frame: Frame): void
  releaseAll(): void
  /** Rejects who still waits. What is held ends with its connection. */
  close(): void
}

export function createFrameWatch(): FrameWatch {
  const watches = new Set<Watch>()
  const held = new Set<() => void>()
  const passing = new WeakMap<Frame, () => void>()
  const closing = new AbortController()
  const releaseAll = () => {
    for (const release of [...held]) release()
  }

  return {
    next(direction, api, signal, { hold = false, ...whose } = {}) {
      const limit = AbortSignal.any([signal, closing.signal])
      return nextSeen(watches, { direction, which: { ...whose, api }, hold }, limit)
    },
    meet(frame, connection, ended) {
      const meets = [...watches].filter((watch) => watch.direction === frame.direction && matches(watch.which, frame))
      if (meets.length === 0) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      const release = () => {
        held.delete(release)
        ended.removeEventListener('abort', release)
        resolve()
      }
      const isHeld = meets.some(({ hold }) => hold)
      if (isHeld) {
        held.add(release)
        ended.addEventListener('abort', release, { once: true })
      }
      const passed = Promise.withResolvers<boolean>()
      passing.set(frame, () => passed.resolve(true))
      ended.addEventListener('abort', () => passed.resolve(false), { once: true })
      const { direction: _known, ...facts } = frame
      for (const watch of meets) {
        watches.delete(watch)
        watch.seen({ ...facts, release, passed: passed.promise, cut: () => connection.cut() })
      }
      return isHeld ? promise : undefined
    },
    pass: (frame) => passing.get(frame)?.(),
    releaseAll,
    close() {
      closing.abort(new Error('the proxy is closed'))
    },
  }
}

function nextSeen(watches: Set<Watch>, wanted: Omit<Watch, 'seen'>, limit: AbortSignal): Promise<SeenFrame> {
  return new Promise((resolve, reject) => {
    limit.throwIfAborted()
    const onAbort = () => {
      watches.delete(watch)
      reject(limit.reason)
    }
    const watch: Watch = {
      ...wanted,
      seen(frame) {
        limit.removeEventListener('abort', onAbort)
        resolve(frame)
      },
    }
    limit.addEventListener('abort', onAbort, { once: true })
    watches.add(watch)
  })
}
