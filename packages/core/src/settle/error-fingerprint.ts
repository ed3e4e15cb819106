import { createHash } from 'node:crypto'
import { describeError } from '../observe/thrown.js'

/** The same fault of a handler gives the same fingerprint: numbers and quoted parts of the message do not count. */
export function errorFingerprint(handler: string, error: Error): string {
  const { type, code, message } = describeError(error)
  return createHash('sha256')
    .update([handler, type, code ?? '', message.replace(/"[^"]*"|'[^']*'|\d+/g, '#')].join('\n'))
    .digest('hex')
    .slice(0, 16)
}
