import {
  type Admin,
  type ConsumerConfig,
  Kafka,
  type KafkaConfig,
  type KafkaMessage,
  logLevel,
  Partitioners,
  type Producer,
  type ProducerConfig,
} from './bare-kafkajs.js'
import { until } from '../../rig/until.js'

export interface ListenOptions extends Partial<ConsumerConfig> {
  readonly group: string
  readonly topics: readonly string[]
  /** Default true. */
  readonly fromBeginning?: boolean
  readonly kafka?: Kafka
  /** Default true. */
  readonly autoCommit?: boolean
}

export interface Heard {
  readonly topic: string
  readonly partition: number
  readonly message: KafkaMessage
}

/** A consumer of bare kafkajs at work. */
export interface Listener {
  readonly consumer: ReturnType<Kafka['consumer']>
  readonly heard: readonly Heard[]
  /** Of each join, in order. */
  readonly joins: readonly {
    readonly isLeader: boolean
    readonly protocol: string
    readonly assignment: Record<string, number[]>
  }[]
  readonly crashes: readonly Error[]
  /** Resolves with the first `count` records, by partition. */
  first(count: number): Promise<readonly Heard[]>
  joined(times?: number): Promise<void>
  stop(): Promise<void>
}

export interface KafkajsClients {
  kafka(config?: Partial<KafkaConfig>): Kafka
  admin(): Promise<Admin>
  producer(config?: ProducerConfig, kafka?: Kafka): Promise<Producer>
  listen(options: ListenOptions): Promise<Listener>
}

/** Bare kafkajs 2.2.4, quiet and impatient. What it opens is closed by `defer`. */
export function createKafkajsClients(
  bootstrap: readonly string[],
  defer: (close: () => Promise<void>) => void,
): KafkajsClients {
  const kafka = (config: Partial<KafkaConfig> = {}): Kafka =>
    new Kafka({
      brokers: [...bootstrap],
      clientId: 'app',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 30, maxRetryTime: 500, retries: 6 },
      ...config,
    })
  return {
    kafka,
    async admin() {
      const admin = kafka().admin()
      defer(() => admin.disconnect())
      await admin.connect()
      return admin
    },
    async producer(config = {}, from = kafka()) {
      const producer = from.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config })
      defer(() => producer.disconnect())
      await producer.connect()
      return producer
    },
    listen: ({ kafka: from = kafka(), ...options }) => listen(from, options, defer),
  }
}

async function listen(
  client: Kafka,
  { group, topics, fromBeginning = true, autoCommit = true, ...config }: Omit<ListenOptions, 'kafka'>,
  defer: (close: () => Promise<void>) => void,
): Promise<Listener> {
  const consumer = client.consumer({
    groupId: group,
    sessionTimeout: 10_000,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 100,
    retry: { initialRetryTime: 30, retries: 6, restartOnFailure: () => Promise.resolve(false) },
    ...config,
  })
  const heard: Heard[] = []
  const joins: Listener['joins'][number][] = []
  const crashes: Error[] = []
  consumer.on('consumer.group_join', ({ payload }) => {
    joins.push({ isLeader: payload.isLeader, protocol: payload.groupProtocol, assignment: payload.memberAssignment })
  })
  consumer.on('consumer.crash', ({ payload }) => void crashes.push(payload.error))
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= consumer.disconnect())
  defer(stop)
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning })
  await consumer.run({
    autoCommit,
    eachMessage: ({ topic, partition, message }) => {
      heard.push({ topic, partition, message })
      return Promise.resolve()
    },
  })
  const enough = (list: readonly unknown[], count: number) => () => (list.length >= count ? true : undefined)
  return {
    consumer,
    heard,
    joins,
    crashes,
    stop,
    async first(count) {
      await until(`${count} records, of which there are ${heard.length}`, enough(heard, count), { everyMs: 10 })
      return heard.slice(0, count).toSorted(byPlace)
    },
    async joined(times = 1) {
      await until(`join ${times} of ${group}`, enough(joins, times), { everyMs: 10 })
    },
  }
}

/** Stable: records of one partition stay as they came. */
const byPlace = (a: Heard, b: Heard): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
