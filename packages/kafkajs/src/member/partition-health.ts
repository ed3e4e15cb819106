/**
 * How one partition is doing. A failing one is asked again after 100 ms, doubling up to 5 s; it is reported once, and
 * once more when it is well again. A leader that moves is no news until it takes longer than a second.
 */
export interface PartitionHealth {
  /** Whether it may be asked now. */
  isDue(nowMs: number): boolean
  /** When it may be asked again; undefined while it is well. */
  readonly retryAtMs: number | undefined
  /** True when this failure is to be reported. */
  failed(nowMs: number, kind: 'moving' | 'broken'): boolean
  /** True when a recovery is to be reported. */
  succeeded(): boolean
}

const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 5000
const MOVING_GRACE_MS = 1000

export function createPartitionHealth(): PartitionHealth {
  let failures = 0
  let firstFailedAtMs = 0
  let retryAtMs: number | undefined
  let isReported = false
  return {
    isDue: (nowMs) => retryAtMs === undefined || nowMs >= retryAtMs,
    get retryAtMs() {
      return retryAtMs
    },
    failed(nowMs, kind) {
      if (failures === 0) firstFailedAtMs = nowMs
      retryAtMs = nowMs + Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS)
      failures += 1
      if (isReported || (kind === 'moving' && nowMs - firstFailedAtMs < MOVING_GRACE_MS)) return false
      isReported = true
      return true
    },
    succeeded() {
      const wasReported = isReported
      failures = 0
      retryAtMs = undefined
      isReported = false
      return wasReported
    },
  }
}
