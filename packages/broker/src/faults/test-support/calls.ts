import { type ApiName, apis } from '../../protocol/apis.js'
import { defaultFields } from '../../protocol/default-value.js'
import type { Call } from '../fault-gate.js'

let lastCorrelationId = 0

/** A request as dispatch hands it out; what is not given has its default, in the newest version. */
export function callOf(
  api: ApiName,
  request: Readonly<Record<string, unknown>> = {},
  facts: Partial<Omit<Call, 'api'>> = {},
): Call & { readonly api: ApiName } {
  lastCorrelationId += 1
  const { key, accepted, request: table } = apis[api]
  return {
    api,
    apiKey: key,
    apiVersion: accepted[1],
    correlationId: lastCorrelationId,
    clientId: 'app-1',
    connectionId: 1,
    request: { ...defaultFields(table.fields), ...request },
    ...facts,
  }
}

/** `{ orders: [0, 2] }` as the topics of a Produce request. */
export const produceTo = (topics: Readonly<Record<string, readonly number[]>>, acks = -1) =>
  callOf('Produce', {
    acks,
    topicData: Object.entries(topics).map(([name, partitions]) => ({
      name,
      partitionData: partitions.map((index) => ({ index, records: Buffer.alloc(0) })),
    })),
  })

/** `{ orders: [0, 2] }` as the topics of a Fetch request. */
export const fetchFrom = (topics: Readonly<Record<string, readonly number[]>>) =>
  callOf('Fetch', {
    topics: Object.entries(topics).map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition, fetchOffset: 0n })),
    })),
  })
