import { fail, silentLogger, systemClock, type TopicDescription } from '@millrace/core'
import { bounded } from '../client/bounded.js'
import { connectClient } from '../client/connect-client.js'
import { type Client, createOpenClient } from '../client/open-client.js'
import { type DescribeLimits, describeTopics } from '../describe-topics.js'
import { guards } from '../guards/guards.js'
import type { KafkajsDriverOptions } from '../kafkajs-driver-options.js'
import { createTopic, type TopicSpec } from './create-topic.js'

/** A topic as the cluster has it, after `ensureTopics` looked at it. */
export interface EnsuredTopic extends TopicDescription {
  /** False when it was there before. Then it is left as it is, whatever was asked for. */
  readonly isNew: boolean
}

/** Looks topics up and creates missing ones. It never changes or deletes a topic that is there. */
export interface TopicAdmin {
  /**
   * Creates what is missing and describes all of it, in the given order. Resolves when every new partition has a leader.
   * @throws MillraceError `MILLRACE_DRIVER_UNREACHABLE` when no broker answered within `connectLimitMs`,
   * `MILLRACE_DRIVER_UNAUTHORIZED`, `MILLRACE_TOPICS_INVALID` when the cluster refuses to create one.
   */
  ensureTopics(specs: readonly TopicSpec[], signal?: AbortSignal): Promise<readonly EnsuredTopic[]>
  /** A name that the cluster does not know is absent from the answer. Throws as `ensureTopics` does. */
  describe(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, TopicDescription>>
  /** Ends what still runs. Idempotent. */
  close(): Promise<void>
}

const CONNECTION_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CONNECT_LIMIT_MS = 20_000
const LEADERS_LIMIT_MS = 30_000
const LEADERS_DELAY_MS = 100

/** Takes the same connection options as the driver. Connects at each call, for as long as the call lasts. */
export function createTopicAdmin(options: KafkajsDriverOptions): TopicAdmin {
  const { brokers, connectLimitMs: limitMs = CONNECT_LIMIT_MS } = options
  const openClient = createOpenClient(connectionOf(options), guards)
  const closing = new AbortController()
  const running = new Set<Client>()

  async function connected<Result>(
    signal: AbortSignal | undefined,
    work: (client: Client, limits: DescribeLimits) => Promise<Result>,
  ): Promise<Result> {
    const client = openClient()
    running.add(client)
    try {
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
      return await work(client, { brokers, limitMs, signal: either })
    } finally {
      running.delete(client)
      await client.close()
    }
  }
  const describe: TopicAdmin['describe'] = (names, signal) =>
    connected(signal, (client, limits) => describeTopics(client, names, limits))
  const create = (missing: readonly TopicSpec[], signal: AbortSignal | undefined): Promise<ReadonlySet<string>> =>
    connected(signal, async (client, limits) => {
      const names = missing.map(({ name }) => name)
      await connectClient(client, names, limits)
      const made = new Set<string>()
      for (const spec of missing) {
        if (await createTopic(client.cluster, spec, { ...limits, limitMs: REQUEST_TIMEOUT_MS })) made.add(spec.name)
      }
      await awaitLeaders(client, names, limits.signal)
      return made
    })

  return {
    describe,
    async ensureTopics(specs, signal) {
      const names = specs.map(({ name }) => name)
      const known = await describe(names, signal)
      const missing = specs.filter(({ name }) => !known.has(name))
      const created = missing.length === 0 ? new Set<string>() : await create(missing, signal)
      const found = missing.length === 0 ? known : await describe(names, signal)
      return names.map((name) => {
        const topic = found.get(name)
        if (topic === undefined) throw vanished(name)
        return { ...topic, isNew: created.has(name) }
      })
    },
    async close() {
      closing.abort(new Error('the topic admin is closed'))
      await Promise.all([...running].map((client) => client.close()))
    },
  }
}

/** A topic is created before its partitions can be used; a worker that starts now would find some without a leader. */
async function awaitLeaders({ cluster }: Client, topics: readonly string[], signal: AbortSignal): Promise<void> {
  const names = new Set(topics)
  const hasLeaders = (): boolean => {
    const found = (cluster.brokerPool.metadata?.topicMetadata ?? []).filter(({ topic }) => names.has(topic))
    return (
      found.length === names.size &&
      found.every(
        ({ topicErrorCode, partitionMetadata }) =>
          topicErrorCode === 0 &&
          partitionMetadata.length > 0 &&
          partitionMetadata.every(({ partitionErrorCode, leader }) => partitionErrorCode === 0 && leader >= 0),
      )
    )
  }
  let isWanted = true
  const look = async (): Promise<void> => {
    while (isWanted) {
      await cluster.refreshMetadata()
      if (hasLeaders()) return
      await systemClock.wait(LEADERS_DELAY_MS, signal)
    }
  }
  try {
    await bounded(look(), 'waiting for the leaders of new partitions', LEADERS_LIMIT_MS, signal)
  } finally {
    isWanted = false
  }
}

function vanished(name: string): Error {
  const problem = 'it is gone again right after it was created or found'
  const fix = 'find out who deletes it, and run this again'
  return fail('MILLRACE_TOPICS_INVALID', { problems: [{ where: `topic "${name}"`, problem, fix }] })
}

const connectionOf = (options: KafkajsDriverOptions) => ({
  brokers: options.brokers,
  clientId: options.clientId ?? 'millrace-admin',
  ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
  ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  connectionTimeoutMs: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
  requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
  log: (options.logger ?? silentLogger).child({ driver: 'kafkajs' }),
})
