import { createTracing, type TraceMode, type Tracing } from '@millrace/telemetry'
import type { KafkaOptions } from '../kafka-options.js'
import { createSettings, type Said, valuesOfKafka } from './settings.js'
import type { Env } from './variables.js'

export interface OpenTracingParts {
  readonly env: Env
  readonly said: Said
  readonly kafka: KafkaOptions
  readonly traceMode?: TraceMode | undefined
}

/** OpenTelemetry under the name that the brokers know this process by. */
export function openTracing({ env, said, kafka, traceMode }: OpenTracingParts): Tracing {
  const clientId = createSettings(said, valuesOfKafka(kafka))('KAFKA_CLIENT_ID')?.text.trim()
  return createTracing({
    env,
    ...(clientId === undefined ? {} : { clientId }),
    ...(traceMode === undefined ? {} : { traceMode }),
  })
}
