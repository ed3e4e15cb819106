import { fail } from '../../millrace-error.js'
import type { Serde } from '../serde.js'

/** Bytes as they are. The buffer is the record's own and not a copy: a handler that writes into it changes what a dead letter would hold. */
export const bytes: Serde<Buffer, Uint8Array> = Object.freeze({
  name: 'bytes',
  decode: (raw: Buffer) => raw,
  encode(value, { topic, part }) {
    if (Buffer.isBuffer(value)) return value
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    throw fail('MILLRACE_ENCODE_FAILED', { topic, part, reason: 'it is neither a Buffer nor a Uint8Array' })
  },
} satisfies Serde<Buffer, Uint8Array>)
