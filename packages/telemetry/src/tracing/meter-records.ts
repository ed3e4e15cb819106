import type { AttemptedHandler, RecordInstrument } from '@millrace/core'
import type { Attributes, Meter } from '@opentelemetry/api'
import type { ErrorType } from '../metrics/error-type.js'
import { type Describe, durationBuckets, metricNames, system } from './conventions.js'

export interface MeterParts {
  readonly meter: Meter
  readonly describe: Describe
  readonly errorType: ErrorType
  readonly clientId: string
}

/** Told of each record that was sent, and of each that was not. */
export type SendMeter = (topic: string, durationMs: number, error: Error | undefined) => void

const seconds = { unit: 's', advice: { explicitBucketBoundaries: durationBuckets } }

/** Without partitions: attributes of metrics have few values. */
export function meterSends({ meter, describe, errorType, clientId }: MeterParts): SendMeter {
  const sent = meter.createCounter(metricNames.sent, { unit: '{message}', description: 'Records that were sent.' })
  const duration = meter.createHistogram(metricNames.operationDuration, {
    ...seconds,
    description: 'From the call to the answer of the broker.',
  })
  return (topic, durationMs, error) => {
    const failed = error === undefined ? {} : { errorType: errorType(error) }
    const attributes = describe({ system, operation: 'send', topic, clientId, ...failed })
    sent.add(1, attributes)
    duration.record(durationMs / 1000, { ...attributes, ...describe({ operationType: 'send' }) })
  }
}

/** A record counts as consumed once, when its first attempt has ended, however that went. */
export function meterAttempts({
  meter,
  describe,
  errorType,
  clientId,
}: MeterParts): NonNullable<RecordInstrument['ran']> {
  const consumed = meter.createCounter(metricNames.consumed, {
    unit: '{message}',
    description: 'Records that were handed to a handler.',
  })
  const duration = meter.createHistogram(metricNames.processDuration, {
    ...seconds,
    description: 'How long an attempt of a handler ran.',
  })
  const attributesOf = createAttributesOf(({ topic, group }) =>
    describe({ system, operation: 'process', topic: topic.name, group, clientId }),
  )
  return (handler, end, durationMs, attempt) => {
    const attributes = attributesOf(handler)
    if (attempt === 1) consumed.add(1, attributes)
    const failed = end.kind === 'failed' ? describe({ errorType: errorType(end.failure.error) }) : undefined
    duration.record(durationMs / 1000, failed === undefined ? attributes : { ...attributes, ...failed })
  }
}

/** Made once per handler. */
function createAttributesOf(make: (handler: AttemptedHandler) => Attributes) {
  const known = new Map<AttemptedHandler, Attributes>()
  return (handler: AttemptedHandler): Attributes => {
    const found = known.get(handler)
    if (found !== undefined) return found
    const made = make(handler)
    known.set(handler, made)
    return made
  }
}
