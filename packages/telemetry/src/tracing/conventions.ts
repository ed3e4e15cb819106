import type { Attributes, AttributeValue } from '@opentelemetry/api'

/**
 * Names of OpenTelemetry's semantic conventions for messaging, 1.45. They are in development, so every one of them stands here and
 * nowhere else. Those that begin with `millrace.` are ours.
 */
const attributeNames = {
  system: 'messaging.system.name',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  topic: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  group: 'messaging.consumer.group.name',
  clientId: 'messaging.client.id',
  offset: 'kafka.offset',
  key: 'kafka.message.key',
  isTombstone: 'kafka.message.tombstone',
  errorType: 'error.type',
  handler: 'millrace.handler',
  attempt: 'millrace.attempt',
  generation: 'millrace.generation',
  outcome: 'millrace.outcome',
  stage: 'millrace.stage',
} as const

export type AttributeName = keyof typeof attributeNames

/** What these were called in 1.30 to 1.44, for dashboards that still ask for it. */
const oldNames: Readonly<Partial<Record<AttributeName, string>>> = {
  system: 'messaging.system',
  offset: 'messaging.kafka.offset',
  key: 'messaging.kafka.message.key',
  isTombstone: 'messaging.kafka.message.tombstone',
}

export const metricNames = {
  sent: 'messaging.client.sent.messages',
  consumed: 'messaging.client.consumed.messages',
  processDuration: 'messaging.process.duration',
  operationDuration: 'messaging.client.operation.duration',
} as const

/** Seconds, as the conventions advise. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export const system = 'kafka'
/** The value of `error.type` beyond the values that are told apart. */
export const otherError = '_OTHER'

/** `process orders.v1`. Not the name of a handler: span names have few values. */
export const spanName = (operation: 'send' | 'process', topic: string): string => `${operation} ${topic}`

export type Facts = Readonly<Partial<Record<AttributeName, AttributeValue>>>

/** Facts under their names. */
export type Describe = (facts: Facts) => Attributes

/** `OTEL_SEMCONV_STABILITY_OPT_IN`, a comma-separated list: with `messaging/dup` the old names are there, too. */
export function createDescribe(stabilityOptIn = ''): Describe {
  const isDuplicated = stabilityOptIn.split(',').some((part) => part.trim() === 'messaging/dup')
  return (facts) => {
    const described: Attributes = {}
    let fact: AttributeName
    for (fact in facts) {
      const value = facts[fact]
      if (value === undefined) continue
      described[attributeNames[fact]] = value
      const old = isDuplicated ? oldNames[fact] : undefined
      if (old !== undefined) described[old] = value
    }
    return described
  }
}
