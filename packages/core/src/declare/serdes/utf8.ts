import { fail } from '../../millrace-error.js'
import type { Serde } from '../serde.js'

/** Fatal: invalid bytes must fail, not turn into replacement characters. A byte order mark is part of the text. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text in UTF-8. Invalid bytes fail with `MILLRACE_DECODE_FAILED`; half a surrogate pair is refused with `MILLRACE_ENCODE_FAILED`. */
export const utf8: Serde<string> = Object.freeze({
  name: 'utf8',
  decode(raw, { topic, part }) {
    try {
      return decoder.decode(raw)
    } catch (cause) {
      throw fail('MILLRACE_DECODE_FAILED', { topic, part, serde: 'utf8' }, { cause })
    }
  },
  encode(value, { topic, part }) {
    const problem = notEncodable(value)
    if (problem !== undefined) throw fail('MILLRACE_ENCODE_FAILED', { topic, part, reason: problem })
    return Buffer.from(value, 'utf8')
  },
} satisfies Serde<string>)

/** Lone surrogates would be written as U+FFFD, which is not what was passed. */
function notEncodable(value: unknown): string | undefined {
  if (typeof value !== 'string') return `it is not a string but ${value === null ? 'null' : typeof value}`
  return value.isWellFormed() ? undefined : 'it holds half of a surrogate pair, which UTF-8 can not express'
}
