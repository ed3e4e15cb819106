import { hasMethods, isObject, unsupported } from '../internals.js'
import type { ShippedGuard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

const TIMEOUT_CHECK_INTERVAL_MS = 1000

interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly inflight: ReadonlyMap<number, SentRequest>
  readonly enforceRequestTimeout: boolean
  requestTimeoutIntervalId: NodeJS.Timeout | undefined
  isConnected(): boolean
  destroy(): void
  scheduleCheckPendingRequests: (this: RequestQueue) => void
  scheduleRequestTimeoutCheck: (this: RequestQueue) => void
}

interface SentRequest {
  readonly sentAt: number
  readonly requestTimeout: number
  timeoutRequest(): void
}

let isInstalled = false

/**
 * An idle connection owns no busy timer. kafkajs re-arms its check for waiting requests with a negative delay, waiting
 * requests or not: 2,500 timers a second and a warning on Node 24 (kafkajs issues 1704 and 1751). Request timeouts are
 * looked for once a second instead of ten times; they are 10 s and more.
 */
export const noIdleTimers: ShippedGuard = {
  name: 'no-idle-timers',
  why: 'kafkajs re-arms its check for waiting requests with a negative delay, waiting requests or not. With it the check runs while something waits, and overdue requests are looked for once a second.',
  install() {
    if (isInstalled) return
    const prototype = loadPrototype()
    const scheduleWhenPending = prototype.scheduleCheckPendingRequests
    prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
      if (this.pending.length > 0) scheduleWhenPending.call(this)
    }
    prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue) {
      if (!this.enforceRequestTimeout) return
      this.destroy()
      this.requestTimeoutIntervalId = setInterval(() => failOverdueRequests(this), TIMEOUT_CHECK_INTERVAL_MS)
    }
    isInstalled = true
  },
}

function failOverdueRequests(queue: RequestQueue): void {
  for (const request of queue.inflight.values()) {
    if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
  }
  if (!queue.isConnected()) queue.destroy()
}

function loadPrototype(): RequestQueue {
  const RequestQueueClass = loadTrustedSource('network/requestQueue/index.js')
  const prototype: unknown = typeof RequestQueueClass === 'function' ? RequestQueueClass.prototype : undefined
  if (!isRequestQueue(prototype)) throw unsupported('its RequestQueue has another shape')
  return prototype
}

const isRequestQueue = (found: unknown): found is RequestQueue =>
  isObject(found) && hasMethods(found, ['scheduleCheckPendingRequests', 'scheduleRequestTimeoutCheck', 'destroy'])
