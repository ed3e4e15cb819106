import { describeError, stackOf } from '../observe/thrown.js'
import type { Failure } from '../process/outcome.js'
import { readOrigin } from '../observe/origin.js'
import type { RawHeader } from '../receive/record.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { errorFingerprint } from './error-fingerprint.js'
import type { DeadLetter } from './shrink-dead-letter.js'

/** Headers that millrace writes. On topics of ours they are replaced at the next hop, so that they do not pile up. */
const ownHeaders = new Set([
  ...['source-topic', 'source-partition', 'source-offset', 'source-timestamp', 'source-group'],
  ...['error', 'error-type', 'error-code', 'error-stack', 'error-fingerprint', 'stage'],
  ...['attempts', 'first-failed-at', 'failed-at', 'handler'],
])
const maxStackBytes = 8192

export interface DeadLetterFacts {
  readonly topic: string
  readonly handler: string
  /** Epoch ms. */
  readonly failedAt: number
  readonly withStack: boolean
  /** Whether the record was read from a topic that millrace writes: then its first origin survives. */
  readonly isOurTopic: boolean
}

/**
 * The dead letter of a record: raw key and value, all original headers in order, original timestamp and partition number,
 * and what happened as UTF-8 text behind them, so that the last of a name is ours.
 */
export function createDeadLetter(record: ReceivedRecord, failure: Failure, facts: DeadLetterFacts): DeadLetter {
  const { raw, source } = record
  const original = facts.isOurTopic
    ? raw.headers.filter(([name]) => !ownHeaders.has(name.toString('utf8')))
    : raw.headers
  return {
    topic: facts.topic,
    partition: source.partition,
    key: raw.key,
    value: raw.value,
    timestamp: raw.timestamp,
    headers: [...original, ...failureHeaders(record, failure, facts)],
    originalHeaders: original.length,
  }
}

function failureHeaders(record: ReceivedRecord, failure: Failure, facts: DeadLetterFacts): readonly RawHeader[] {
  const { raw, source } = record
  const { type, code, message } = describeError(failure.error)
  const stack = facts.withStack ? stackOf(failure.error) : undefined
  const origin = (facts.isOurTopic ? readOrigin(raw.headers) : undefined) ?? {
    topic: source.topic,
    partition: source.partition,
    offset: record.offset,
  }
  return [
    header('source-topic', origin.topic),
    header('source-partition', origin.partition),
    header('source-offset', origin.offset),
    header('source-timestamp', raw.timestamp),
    header('source-group', source.group),
    header('error', message),
    header('error-type', type),
    ...(code === undefined ? [] : [header('error-code', code)]),
    ...(stack === undefined ? [] : [header('error-stack', cut(stack))]),
    header('error-fingerprint', errorFingerprint(facts.handler, failure.error)),
    header('stage', failure.stage),
    header('attempts', record.attempt),
    header('first-failed-at', record.firstFailedAt ?? facts.failedAt),
    header('failed-at', facts.failedAt),
    header('handler', facts.handler),
  ]
}

const header = (name: string, value: string | number | bigint): RawHeader => [
  Buffer.from(name),
  Buffer.from(String(value)),
]

const cut = (stack: string): string => Buffer.from(stack).subarray(0, maxStackBytes).toString('utf8')
