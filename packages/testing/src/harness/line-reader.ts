import type { Readable } from 'node:stream'

/** Output of a process: the last part of it as text, bounded, and each line as it comes. */
export interface LineReader {
  readonly text: string
}

export function readLines(
  stream: Readable,
  maxChars: number,
  onLine: (line: string) => void = () => undefined,
): LineReader {
  let kept = ''
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    kept = (kept + chunk).slice(-maxChars)
    const lines = (rest + chunk).split('\n')
    rest = (lines.pop() ?? '').slice(-maxChars)
    for (const line of lines) onLine(line)
  })
  return {
    get text() {
      return kept
    },
  }
}
