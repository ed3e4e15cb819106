import type { Serde } from '../declare/serde.js'
import { fail } from '../millrace-error.js'
import type { RawHeader } from '../receive/record.js'

/** Headers as users write them: text by name; where order or repetition matters, pairs. */
export type HeadersInput =
  | Readonly<Record<string, string>>
  | readonly (readonly [name: string, value: string | Buffer | null])[]

/**
 * The bytes of a key or a value; a promise only where the serde makes one. What a serde throws comes out as it is: a schema
 * registry that is away must stay something else than a value that does not fit.
 * @throws MillraceError `MILLRACE_ENCODE_FAILED` when the serde answers with something that is no Buffer
 */
export function encodePart(
  serde: Serde<unknown, never>,
  value: unknown,
  topic: string,
  part: 'key' | 'value',
): Buffer | Promise<Buffer> {
  const encoded: unknown = serde.encode(value as never, { topic, part }) // the compiler checked it where it was passed
  if (Buffer.isBuffer(encoded)) return encoded
  return Promise.resolve(encoded).then((bytes) => {
    if (Buffer.isBuffer(bytes)) return bytes
    throw fail('MILLRACE_ENCODE_FAILED', { topic, part, reason: `the serde ${serde.name} made no Buffer of it` })
  })
}

/** @throws TypeError for a name or value that has no bytes: as a header it would break the request that carries it. */
export function toPairs(headers: HeadersInput = {}): readonly RawHeader[] {
  if (typeof headers !== 'object' || headers === null)
    throw new TypeError('its headers are neither an object nor pairs')
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers)
  return pairs.map(([name, value]) => {
    if (typeof name !== 'string') throw new TypeError(`the name of a header is not text but ${typeof name}`)
    return [Buffer.from(name), valueOf(name, value)]
  })
}

function valueOf(name: string, value: unknown): Buffer | null {
  if (typeof value === 'string') return Buffer.from(value)
  if (value === null || Buffer.isBuffer(value)) return value
  throw new TypeError(`the header "${name}" is neither text nor a Buffer nor null`)
}
