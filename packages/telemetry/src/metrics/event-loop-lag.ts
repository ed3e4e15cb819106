import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Twenty wake-ups a second: enough to see what costs heartbeats, and nothing to an idle worker. */
const resolutionMs = 50

export interface EventLoopLag {
  /** The longest delay since the last call, in seconds. */
  takeMax(): number
  close(): void
}

export function watchEventLoopLag(): EventLoopLag {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  return {
    takeMax() {
      // The histogram counts the time between two ticks of its timer, the wanted pause included.
      const seconds = histogram.max / 1e9 - resolutionMs / 1000
      histogram.reset()
      return Math.max(0, seconds)
    },
    close: () => void histogram.disable(),
  }
}
