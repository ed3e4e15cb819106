import type { SinkPlan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import { describeError, errorFrom } from '../observe/thrown.js'
import { encodePart, type HeadersInput, toPairs } from '../produce/encode-record.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { RawHeader } from '../receive/record.js'
import { withTrace } from './trace-headers.js'

/** What an output gets from its record where it says nothing itself. */
export interface Inheritance {
  readonly key: Buffer | null
  /** Undefined: the time of sending. */
  readonly timestamp: number | undefined
  readonly trace: readonly RawHeader[]
}

const maxPartition = 2 ** 31 - 1

/**
 * Makes the record of one output. A promise only where a serde makes one.
 * @throws MillraceError `MILLRACE_TRANSFORM_OUTPUT_INVALID`, or what the serdes of the sink throw
 */
export function encodeOutput(
  output: unknown,
  sink: SinkPlan,
  inherited: Inheritance,
  handler: string,
): OutgoingRecord | Promise<OutgoingRecord> {
  const { key, value, headers, partition, timestamp = inherited.timestamp } = checked(output, handler)
  const rest = {
    headers: withTrace(headersOf(headers, handler), inherited.trace),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  }
  const { name, topic } = sink
  const encodeValue = (): Buffer | null | Promise<Buffer> =>
    value === null && topic.tombstones ? null : encodePart(topic.value, value, name, 'value')

  const keyBytes = key === undefined ? inherited.key : key === null ? null : encodePart(topic.key, key, name, 'key')
  // A key on its way must not be left alone by a value that throws: its rejection would have no owner.
  const valueBytes = keyBytes instanceof Promise ? (async () => encodeValue())() : encodeValue()
  if (!(keyBytes instanceof Promise) && !(valueBytes instanceof Promise)) {
    return { topic: name, key: keyBytes, value: valueBytes, ...rest }
  }
  return Promise.all([keyBytes, valueBytes]).then(([ownKey, ownValue]) => ({
    topic: name,
    key: ownKey,
    value: ownValue,
    ...rest,
  }))
}

interface CheckedOutput {
  readonly key?: unknown
  readonly value: unknown
  readonly headers?: unknown
  readonly partition?: number
  readonly timestamp?: number
}

/** A wrong number would only be found while a batch is written, where it is the failure of others too. */
function checked(output: unknown, handler: string): CheckedOutput {
  const problem = problemOf(output)
  if (problem !== undefined) throw fail('MILLRACE_TRANSFORM_OUTPUT_INVALID', { handler, problem })
  return output as CheckedOutput // just looked at
}

function problemOf(output: unknown): string | undefined {
  if (typeof output !== 'object' || output === null)
    return output === null ? 'it is null' : `it is of type ${typeof output}`
  if (!('value' in output) || output.value === undefined) return 'it has no value'
  const { partition, timestamp }: { readonly value: unknown; partition?: unknown; timestamp?: unknown } = output
  if (partition !== undefined && !isWhole(partition, maxPartition))
    return 'its partition is not a number of a partition'
  if (timestamp !== undefined && !isWhole(timestamp, Number.MAX_SAFE_INTEGER)) {
    return 'its timestamp is not a whole number of milliseconds'
  }
  return undefined
}

const isWhole = (value: unknown, max: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max

function headersOf(headers: unknown, handler: string): readonly RawHeader[] {
  if (headers === undefined) return noHeaders
  try {
    return toPairs(headers as HeadersInput) // says itself what is wrong with them
  } catch (cause) {
    const problem = describeError(errorFrom(cause)).message
    throw fail('MILLRACE_TRANSFORM_OUTPUT_INVALID', { handler, problem }, { cause })
  }
}

const noHeaders: readonly RawHeader[] = Object.freeze([])
