import kafkajs, {
  type Consumer,
  type ConsumerConfig,
  type ConsumerRunConfig,
  type IHeaders,
  type KafkaConfig,
  type Producer,
  type ProducerConfig,
} from 'kafkajs'
import { onTestFinished } from 'vitest'
import { bounded } from '../../client/bounded.js'
import { trackSockets } from '../../client/tracked-sockets.js'

export interface BareRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: Buffer | null
  readonly value: string
  readonly headers: IHeaders | undefined
}

export interface BareConsumerOptions {
  readonly brokers: readonly string[]
  readonly topics: readonly string[]
  readonly group: string
  /** Default true: a group without offsets begins at the start of the log. */
  readonly fromBeginning?: boolean
  /** Default: returns at once. What it throws or never settles is kafkajs's to live with. */
  readonly onRecord?: (record: BareRecord) => Promise<void> | void
  readonly kafka?: Partial<KafkaConfig>
  readonly consumer?: Partial<ConsumerConfig>
  /** `eachBatch` here replaces `onRecord`; nothing is noted in `records` then. */
  readonly run?: Partial<ConsumerRunConfig>
}

/** What a plain kafkajs consumer did so far; wait on it with `expect.poll`. */
export interface BareConsumer {
  readonly consumer: Consumer
  /** What kafkajs handed over, at the moment it did. */
  readonly records: readonly BareRecord[]
  readonly joins: readonly { readonly memberId: string; readonly assignment: Readonly<Record<string, number[]>> }[]
  readonly crashes: readonly { readonly error: Error; readonly restart: boolean }[]
  /** Requests that were answered, by kafkajs's name of the API: `Fetch`, `JoinGroup`, `Metadata`. */
  readonly answered: ReadonlyMap<string, number>
}

const CLOSE_LIMIT_MS = 2000
const quiet = { logLevel: kafkajs.logLevel.NOTHING, logCreator: () => () => undefined }

/** A kafkajs of its own, with nothing of ours in it, whose sockets end with the test. */
function bareKafka(brokers: readonly string[], config: Partial<KafkaConfig> = {}) {
  const sockets = trackSockets(config.ssl)
  const kafka = new kafkajs.Kafka({
    clientId: 'bare',
    brokers: [...brokers],
    socketFactory: sockets.factory,
    ...quiet,
    ...config,
  })
  /** Whatever state the client is in: some of these tests leave it in one that it can't get out of. */
  const closeWithTest = (disconnect: () => Promise<void>): void =>
    onTestFinished(async () => {
      await bounded(disconnect(), 'disconnect', CLOSE_LIMIT_MS).catch(() => undefined)
      sockets.close()
    })
  return { kafka, closeWithTest }
}

/**
 * A plain kafkajs consumer that runs: `readUncommitted: false`, a short heartbeat, all else as kafkajs has it. Resolves when
 * `run()` has, which is after the first join. Closed at the end of the test. Guards that work on the whole process
 * (`install`) hold it too, once a driver of ours was made in this file: the red test comes first.
 */
export async function bareConsumer(options: BareConsumerOptions): Promise<BareConsumer> {
  const { brokers, topics, group, fromBeginning = true, onRecord } = options
  const { kafka, closeWithTest } = bareKafka(brokers, options.kafka)
  const consumer = kafka.consumer({
    groupId: group,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    heartbeatInterval: 300,
    maxWaitTimeInMs: 200,
    ...options.consumer,
  })
  const records: BareRecord[] = []
  const joins: { memberId: string; assignment: Record<string, number[]> }[] = []
  const crashes: { error: Error; restart: boolean }[] = []
  const answered = new Map<string, number>()
  const { events } = consumer
  consumer.on(events.GROUP_JOIN, ({ payload }) => {
    joins.push({ memberId: payload.memberId, assignment: payload.memberAssignment })
  })
  consumer.on(events.CRASH, ({ payload: { error, restart } }) => void crashes.push({ error, restart }))
  consumer.on(events.REQUEST, ({ payload: { apiName } }) => {
    answered.set(apiName, (answered.get(apiName) ?? 0) + 1)
  })
  closeWithTest(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning })
  const eachMessage: ConsumerRunConfig['eachMessage'] = async ({ topic, partition, message }) => {
    const { key, value, headers } = message
    const record = { topic, partition, key, headers, offset: BigInt(message.offset), value: value?.toString() ?? '' }
    records.push(record)
    await onRecord?.(record)
  }
  await consumer.run({ ...(options.run?.eachBatch === undefined ? { eachMessage } : {}), ...options.run })
  return { consumer, records, joins, crashes, answered }
}

/** A plain kafkajs producer, connected, closed at the end of the test. */
export async function bareProducer(
  brokers: readonly string[],
  config: ProducerConfig = {},
  kafkaConfig: Partial<KafkaConfig> = {},
): Promise<Producer> {
  const { kafka, closeWithTest } = bareKafka(brokers, kafkaConfig)
  const producer = kafka.producer({ allowAutoTopicCreation: false, ...config })
  closeWithTest(() => producer.disconnect())
  await producer.connect()
  return producer
}
