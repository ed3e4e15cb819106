import type { RawHeader } from '@millrace/core'
import { placeOf, type RecordBytes, type Violation } from './evidence.js'

export interface OriginalRecord extends RecordBytes {
  readonly topic: string
  readonly offset: bigint
}

const required = ['source-topic', 'source-partition', 'source-offset', 'error'] as const
/** Ours that hold a number where they are present; `source-timestamp` may be -1. */
const numbers = ['source-timestamp', 'attempts', 'first-failed-at', 'failed-at'] as const

/**
 * O10: every dead letter has the key, value, timestamp and partition number of its original and all of its headers, byte
 * by byte and in order; behind them stand ours, readable. Nothing is said about originals without a dead letter: that is
 * O2.
 */
export function checkDeadLetters(
  originals: readonly OriginalRecord[],
  deadLetters: readonly RecordBytes[],
): readonly Violation[] {
  const byPlace = new Map(originals.map((record) => [placeOf(record), record]))
  return deadLetters
    .flatMap((letter, index) => faultsOf(letter, byPlace).map((fault) => `dead letter ${index + 1}: ${fault}`))
    .map((text) => ({ oracle: 'O10', text }))
}

function faultsOf(letter: RecordBytes, originals: ReadonlyMap<string, OriginalRecord>): readonly string[] {
  const ours = lastOf(letter.headers)
  const missing = required.filter((name) => !ours.has(name))
  if (missing.length > 0) return missing.map((name) => `has no header "${name}"`)

  const [topic = '', partition = '', offset = ''] = required.map((name) => ours.get(name))
  const unreadable = [
    ...[partition, offset].filter((text) => !/^\d+$/.test(text)),
    ...numbers.map((name) => ours.get(name)).filter((text) => text !== undefined && !/^-?\d+$/.test(text)),
  ].map((text) => `has a header that should be a number but is ${JSON.stringify(text)}`)
  if (unreadable.length > 0) return unreadable

  const place = placeOf({ topic, partition: Number(partition), offset: BigInt(offset) })
  const original = originals.get(place)
  if (original === undefined) return [`says it comes from ${place}, where there is no record`]
  return differences(letter, original).map((what) => `of ${place} has another ${what} than its original`)
}

function differences(letter: RecordBytes, original: RecordBytes): readonly string[] {
  const changed = original.headers.findIndex((header, index) => !isSameHeader(header, letter.headers[index]))
  return [
    ...(isSame(letter.key, original.key) ? [] : ['key']),
    ...(isSame(letter.value, original.value) ? [] : ['value']),
    ...(BigInt(letter.timestamp) === BigInt(original.timestamp) ? [] : ['timestamp']),
    ...(letter.partition === original.partition ? [] : ['partition']),
    ...(changed < 0 ? [] : [`header at place ${changed + 1}`]),
  ]
}

/** Ours stand behind all original ones, so the last of a name counts. */
const lastOf = (headers: readonly RawHeader[]): ReadonlyMap<string, string> =>
  new Map(headers.map(([name, value]) => [name.toString('utf8'), value?.toString('utf8') ?? '']))

/** A null is not an empty buffer. */
const isSame = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other)

const isSameHeader = (one: RawHeader, other: RawHeader | undefined): boolean =>
  other !== undefined && one[0].equals(other[0]) && isSame(one[1], other[1])
