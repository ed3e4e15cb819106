import { createHash } from 'node:crypto'
import { errorFacts } from './error-facts.js'

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const idPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const addressPattern = /127\.0\.0\.1:\d+/g
const nowWithinMs = 600_000
/** Fields whose value is chosen by a machine or its clock: present or not is all that can be compared. */
const byChance = new Set(['port', 'clusterId', 'duration', 'throttleTime', 'helpUrl'])

/**
 * A copy that two runs can share: ids by the order in which they appear, times of today as `now`, no ports, bytes as text. Keeps its
 * memory of ids, so one is made for each trace.
 */
export function createNormaliser(): (value: unknown) => Json {
  const ids = new Map<string, string>()
  const named = (id: string): string => {
    const known = ids.get(id) ?? `id${ids.size + 1}`
    ids.set(id, known)
    return known
  }
  const text = (value: string): string => value.replaceAll(idPattern, named).replaceAll(addressPattern, 'broker')

  const field = (name: string, value: unknown): Json => {
    if (byChance.has(name) && value !== undefined && value !== null) return 'some'
    if (/time/i.test(name) && isNow(value)) return 'now'
    return plain(value)
  }
  const plain = (value: unknown): Json => {
    if (value === null || value === undefined) return null
    if (typeof value === 'string') return text(value)
    if (typeof value === 'boolean' || typeof value === 'number') return value
    if (typeof value === 'bigint') return value.toString()
    if (Buffer.isBuffer(value)) return bytes(value)
    if (value instanceof Error) return plain(errorFacts(value))
    if (value instanceof Map) return plain([...value].map(([key, entry]: [unknown, unknown]) => [key, entry]))
    if (Array.isArray(value)) return value.map(plain)
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined && typeof entry !== 'function')
    return Object.fromEntries(entries.map(([name, entry]) => [name, field(name, entry)]))
  }
  return plain
}

const isNow = (value: unknown): boolean =>
  ['string', 'number', 'bigint'].includes(typeof value) && Math.abs(Number(value) - Date.now()) < nowWithinMs

const printable = /^[\x20-\x7e\n\u00a0-\uffff]*$/
/** Of what is longer, its hash: a difference anywhere in it is one. */
const shownBytes = 64

function bytes(value: Buffer): string {
  const asText = value.toString()
  if (value.length > shownBytes)
    return `${value.length} bytes ${createHash('sha256').update(value).digest('hex').slice(0, 16)}`
  return printable.test(asText) && Buffer.from(asText).equals(value) ? asText : `0x${value.toString('hex')}`
}
