import type { Sample } from './take-sample.js'

/** Samples as rows of a Markdown table; `steps` says what is counted. */
export const sampleHead = (steps: string): readonly string[] => [
  `| minute | ${steps} | sockets | timers | other handles | listeners | heap | buffers | resident |`,
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
]

export function sampleRow({ atMs, steps, handles, listeners, heap, buffers, resident }: Sample): string {
  const { TCPSocketWrap: sockets = 0, Timeout: timers = 0, ...others } = handles
  const other = Object.values(others).reduce((sum, count) => sum + count, 0)
  const memory = [heap, buffers, resident].map((bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`)
  return `| ${[(atMs / 60_000).toFixed(1), steps, sockets, timers, other, listeners, ...memory].join(' | ')} |`
}
