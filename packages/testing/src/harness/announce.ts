import { parseObject } from './parse-object.js'

/** What a worker process says on its standard output, one line each, so that a test can await it instead of sleeping. */
export interface Announcement {
  /** `joined`, `stopped`, or whatever the two sides agree on. */
  readonly signal: string
  readonly facts: Readonly<Record<string, unknown>>
}

const mark = '@millrace '

/** In the worker process: says something to the test that started it. Bigints arrive as decimal strings. */
export function announce(signal: string, facts: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(formatAnnouncement({ signal, facts }))
}

/** In the worker process: ends it when the test that started it has gone, whatever became of it. Call it first. */
export function endWithTest(): void {
  process.stdin
    .once('close', () => process.exit(1))
    .resume()
    .unref()
}

export const formatAnnouncement = (announcement: Announcement): string =>
  `${mark}${JSON.stringify(announcement, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`

/** Undefined for a line that is ordinary output. */
export function parseAnnouncement(line: string): Announcement | undefined {
  if (!line.startsWith(mark)) return undefined
  const { signal, facts } = parseObject(line.slice(mark.length)) ?? {}
  if (typeof signal !== 'string' || typeof facts !== 'object' || facts === null) return undefined
  return { signal, facts: { ...facts } }
}
