import type { OutgoingRecord } from '../produce/sender.js'
import type { RawHeader } from '../receive/record.js'

/** A dead letter that knows which of its headers are the record's own. */
export interface DeadLetter extends OutgoingRecord {
  readonly headers: readonly RawHeader[]
  /** So many headers, from the first, are the record's own: nothing ever shortens them. */
  readonly originalHeaders: number
}

/** What `error` is cut to, bytes of UTF-8. */
const maxErrorBytes = 256
/** Of ours, the headers that every dead letter carries. */
const required: ReadonlySet<string> = new Set(['source-topic', 'source-partition', 'source-offset', 'error'])

const nameOf = ([name]: RawHeader): string => name.toString('latin1')

/** Changes headers of ours; undefined takes one away. */
function withOurs(letter: DeadLetter, change: (header: RawHeader) => RawHeader | undefined): DeadLetter {
  const original = letter.headers.slice(0, letter.originalHeaders)
  const ours = letter.headers.slice(letter.originalHeaders).flatMap((header) => {
    const changed = change(header)
    return changed === undefined ? [] : [changed]
  })
  return { ...letter, headers: [...original, ...ours] }
}

/** The longest beginning of a text that is whole UTF-8 within the limit. */
function cutText(text: Buffer, maxBytes: number): Buffer {
  if (text.length <= maxBytes) return text
  let end = maxBytes
  while (end > 0 && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1 // the first byte left out must begin a character
  return text.subarray(0, end)
}

export const dropStack = (letter: DeadLetter): DeadLetter =>
  withOurs(letter, (header) => (nameOf(header) === 'error-stack' ? undefined : header))

export const cutError = (letter: DeadLetter): DeadLetter =>
  withOurs(letter, (header) => {
    const [name, value] = header
    return nameOf(header) === 'error' && value !== null ? [name, cutText(value, maxErrorBytes)] : header
  })

export const dropOptionalHeaders = (letter: DeadLetter): DeadLetter =>
  withOurs(letter, (header) => (required.has(nameOf(header)) ? header : undefined))

/** In this order, each on top of the one before. Key, value and original headers are never touched. */
const steps = [dropStack, cutError, dropOptionalHeaders] as const

/** The forms of a letter in which there is less of ours, each smaller than the one before: at most as many as there are steps. */
export function* shrunkForms(letter: DeadLetter): Generator<DeadLetter, undefined> {
  let last = letter
  for (const step of steps) {
    const next = step(last)
    if (bytesOf(next) < bytesOf(last)) yield next
    last = next
  }
}

/** The letter with null for a value and `omitted-value-bytes` in its place; undefined where that would not be smaller. */
export function withoutValue(letter: DeadLetter): DeadLetter | undefined {
  const { value, headers } = letter
  if (value === null) return undefined
  const omitted: RawHeader = [Buffer.from('omitted-value-bytes'), Buffer.from(String(value.length))]
  const empty = { ...letter, value: null, headers: [...headers, omitted] }
  return bytesOf(empty) < bytesOf(letter) ? empty : undefined
}

/** Bytes of key, value and headers: what the sender adds for framing is not known here. */
export const bytesOf = ({ key, value, headers = [] }: OutgoingRecord): number =>
  headers.reduce(
    (sum, [name, content]) => sum + name.length + (content?.length ?? 0),
    (key?.length ?? 0) + (value?.length ?? 0),
  )
