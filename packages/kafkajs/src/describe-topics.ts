import { fail, type TopicDescription } from '@millrace/core'
import { bounded } from './client/bounded.js'
import { callBroker } from './client/call-broker.js'
import { connectClient } from './client/connect-client.js'
import { KafkaFault, kafkaErrorName } from './client/kafka-fault.js'
import type { Client } from './client/open-client.js'
import { readField, readList, readNumber, readText } from './client/read-answer.js'
import type { TopicMetadata } from './internals.js'

export interface DescribeLimits {
  readonly brokers: readonly string[]
  readonly limitMs: number
  readonly signal: AbortSignal
}

/** Codes with which a cluster says that it does not know a name. */
const UNKNOWN_TOPIC = 3
const INVALID_TOPIC = 17
const TOPIC_AUTHORIZATION_FAILED = 29
const LEADER_NOT_AVAILABLE = 5
const TOPIC_RESOURCE = 2
const CONFIG_LIMIT_MS = 5000

/** Looks the topics up with a client of its own; the caller closes it. See `Driver.describeTopics` for what it throws. */
export async function describeTopics(
  client: Client,
  names: readonly string[],
  limits: DescribeLimits,
): Promise<ReadonlyMap<string, TopicDescription>> {
  await connectClient(client, names, limits)
  const wanted = new Set(names)
  const metadata = client.cluster.brokerPool.metadata?.topicMetadata ?? []
  const asked = metadata.filter(({ topic }) => wanted.has(topic))
  refuseForbidden(asked)
  const known = asked.filter(isKnown)
  const configs = await describeConfigs(client, known, limits.signal)
  return new Map(
    known.map(({ topic, partitionMetadata }) => [
      topic,
      { name: topic, partitions: partitionMetadata.length, ...configs.get(topic) },
    ]),
  )
}

/** All of them at once: whoever grants one permission after the other starts once for each. */
function refuseForbidden(topics: readonly TopicMetadata[]): void {
  const forbidden = topics.filter(({ topicErrorCode }) => topicErrorCode === TOPIC_AUTHORIZATION_FAILED)
  if (forbidden.length === 0) return
  const what = forbidden.map(({ topic }) => `topic "${topic}"`).join(', ')
  const reason = `${kafkaErrorName(TOPIC_AUTHORIZATION_FAILED)}: it needs DESCRIBE (a topic that does not exist answers the same)`
  throw fail('MILLRACE_DRIVER_UNAUTHORIZED', { what, reason })
}

function isKnown({ topic, topicErrorCode }: TopicMetadata): boolean {
  if (topicErrorCode === 0 || topicErrorCode === LEADER_NOT_AVAILABLE) return true
  if (topicErrorCode === UNKNOWN_TOPIC || topicErrorCode === INVALID_TOPIC) return false
  throw new KafkaFault(topicErrorCode, `looking topic "${topic}" up`)
}

type TopicConfigs = Pick<TopicDescription, 'maxMessageBytes' | 'retentionMs'>

/** What the cluster tells about the topics' settings: nothing, where this principal may not ask. */
async function describeConfigs(
  { cluster }: Client,
  topics: readonly TopicMetadata[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TopicConfigs>> {
  const [nodeId] = cluster.getNodeIds()
  if (topics.length === 0 || nodeId === undefined) return new Map()
  const configNames = ['max.message.bytes', 'retention.ms']
  const resources = topics.map(({ topic }) => ({ type: TOPIC_RESOURCE, name: topic, configNames }))
  try {
    const broker = await bounded(cluster.findBroker({ nodeId }), 'connecting', CONFIG_LIMIT_MS, signal)
    const parameters = { resources, includeSynonyms: false }
    const answer = await callBroker(broker, 'DescribeConfigs', parameters, { limitMs: CONFIG_LIMIT_MS, signal })
    return new Map(readList(answer, 'resources').map((found) => [readText(found, 'resourceName'), readConfigs(found)]))
  } catch (error) {
    if (signal.aborted) throw error
    // The settings are optional by contract; the topics themselves were described.
    return new Map()
  }
}

function readConfigs(resource: unknown): TopicConfigs {
  if (readNumber(resource, 'errorCode') !== 0) return {}
  const values = new Map(
    readList(resource, 'configEntries').map((found) => [
      readField(found, 'configName'),
      Number(readField(found, 'configValue')),
    ]),
  )
  const maxMessageBytes = values.get('max.message.bytes')
  const retentionMs = values.get('retention.ms')
  return {
    ...(maxMessageBytes === undefined || Number.isNaN(maxMessageBytes) ? {} : { maxMessageBytes }),
    ...(retentionMs === undefined || Number.isNaN(retentionMs) ? {} : { retentionMs }),
  }
}
