import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Ten wake-ups a second: enough to see what costs heartbeats, and a tenth of a percent of an idle worker's CPU. */
const resolutionMs = 100

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
