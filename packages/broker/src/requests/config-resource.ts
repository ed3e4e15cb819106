import { errorCode } from '../protocol/error-codes.js'
import type { ConfigType } from '../topics/topic-configs.js'
import { type Refusal, refuse } from '../topics/refusal.js'

/** What has configs, by its number in Kafka's protocol. */
export const configResource = { topic: 2, broker: 4 } as const

const names: ReadonlyMap<number, string> = new Map([
  [0, 'UNKNOWN'],
  [2, 'TOPIC'],
  [4, 'BROKER'],
  [8, 'BROKER_LOGGER'],
  [16, 'CLIENT_METRICS'],
  [32, 'GROUP'],
])

export const isResourceType = (resourceType: number): boolean => resourceType !== 0 && names.has(resourceType)

export const resourceTypeName = (resourceType: number): string => names.get(resourceType) ?? 'UNKNOWN'

/** Where the value of a config comes from. */
export const configSource = { topic: 1, allBrokers: 3, staticBroker: 4, default: 5 } as const

/** Types of configs by their number in the protocol. */
export const configTypeNumber: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
}

/** Why the named broker is not this one. An empty name means the defaults of all brokers. */
export function refuseBrokerName(name: string, nodeId: number): Refusal | undefined {
  if (name === '' || name === String(nodeId)) return undefined
  const why = /^-?\d+$/.test(name)
    ? `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`
    : `Broker id must be an integer, but it is: ${name}`
  return refuse(errorCode.INVALID_REQUEST, why)
}
