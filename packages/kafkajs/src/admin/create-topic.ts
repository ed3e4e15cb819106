import { fail } from '@millrace/core'
import { bounded } from '../client/bounded.js'
import { readField, readList } from '../client/read-answer.js'
import { type Broker, type Cluster, hasMethods, isObject, unsupported } from '../internals.js'

/** A topic as it should be, for the case that it is not there yet. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** Copies of each partition; the cluster needs as many brokers. */
  readonly replication: number
  /** Settings of the topic by Kafka's names, such as `retention.ms`. Default: the cluster's. */
  readonly configs?: Readonly<Record<string, string>>
}

export interface CreateLimits {
  readonly limitMs: number
  readonly signal: AbortSignal
}

const TOPIC_ALREADY_EXISTS = 36
const AUTHORIZATION_CODES: ReadonlySet<unknown> = new Set([29, 31])

/** Creates one topic. False when it was there already, which somebody else may have done a moment ago. */
export async function createTopic(
  cluster: Cluster,
  spec: TopicSpec,
  { limitMs, signal }: CreateLimits,
): Promise<boolean> {
  const { name, partitions, replication, configs = {} } = spec
  const wanted = {
    topic: name,
    numPartitions: partitions,
    replicationFactor: replication,
    configEntries: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
  }
  try {
    const broker = await controllerOf(cluster)
    await bounded(broker.createTopics({ topics: [wanted], timeout: limitMs }), `creating "${name}"`, limitMs, signal)
    return true
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    if (refusal.code === TOPIC_ALREADY_EXISTS) return false
    throw refused(name, refusal, error)
  }
}

interface Controller extends Broker {
  createTopics(request: { topics: readonly object[]; timeout: number }): Promise<unknown>
}

/** Clusters on KRaft name any broker, which passes the request on; older ones name the one that can do it. */
async function controllerOf(cluster: Cluster): Promise<Controller> {
  if (!hasController(cluster)) throw unsupported('its Cluster has no findControllerBroker')
  const broker = await cluster.findControllerBroker()
  if (!isController(broker)) throw unsupported('its Broker has no createTopics')
  return broker
}

const hasController = (cluster: object): cluster is { findControllerBroker(): Promise<unknown> } =>
  hasMethods(cluster, ['findControllerBroker'])

const isController = (broker: unknown): broker is Controller => hasMethods(broker, ['createTopics'])

interface Refusal {
  /** Kafka's number and name of the error. */
  readonly code: unknown
  readonly reason: string
}

/** What Kafka said about the one topic of the request; kafkajs wraps it in an aggregate. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!isObject(error) || !Array.isArray(error['errors'])) return undefined
  const [first] = readList(error, 'errors')
  const code = readField(first, 'code')
  return { code, reason: `${String(readField(first, 'type'))} (error code ${String(code)})` }
}

function refused(name: string, { code, reason }: Refusal, cause: unknown): Error {
  if (AUTHORIZATION_CODES.has(code)) {
    return fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: `creating topic "${name}"`, reason }, { cause })
  }
  const fix = 'correct name, partitions, replication or configs; replication needs as many brokers'
  const problem = `Kafka refused to create it: ${reason}`
  return fail('MILLRACE_TOPICS_INVALID', { problems: [{ where: `topic "${name}"`, problem, fix }] }, { cause })
}
