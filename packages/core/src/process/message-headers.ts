import type { MessageHeaders } from '../declare/message-context.js'
import type { RawHeader } from '../receive/record.js'

/** Headers as text, read from the pairs on demand: no object whose keys a record could choose. */
export const createMessageHeaders = (pairs: readonly RawHeader[]): MessageHeaders => ({
  get: (name) => lastHeader(pairs, name)?.toString('utf8'),
  getAll: (name) =>
    pairs.flatMap(([key, value]) => (value !== null && isNamed(key, name) ? [value.toString('utf8')] : [])),
})

/** The value that counts where a name repeats: the last one. Undefined for a missing name and for a null value. */
const lastHeader = (pairs: readonly RawHeader[], name: string): Buffer | undefined =>
  pairs.findLast(([key]) => isNamed(key, name))?.[1] ?? undefined

const isNamed = (key: Buffer, name: string): boolean => key.length >= name.length && key.toString('utf8') === name
