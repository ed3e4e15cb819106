import type { Clock } from './clock/clock.js'
import type { Duration } from './faults/duration.js'
import type { BrokerListener } from './observe/broker-events.js'

/** What a broker can be told when it starts. Everything has a default. */
export interface BrokerOptions {
  /** Topics that are there from the start: `{ orders: 6 }`, or with configs: `{ orders: { partitions: 6, config: { 'retention.ms': '1000' } } }`. */
  readonly topics?: Readonly<Record<string, number | TopicOptions>>
  /** Creates a topic when a client's metadata request names it, as `auto.create.topics.enable`. Default: false. */
  readonly autoCreateTopics?: boolean
  /** Partitions of a topic that is created without a number. Default: 1. */
  readonly defaultPartitions?: number
  /** What it listens on, and what clients are told to connect to. Default: `127.0.0.1`. */
  readonly host?: string
  /** Default: 0, any port that is free. */
  readonly port?: number
  /** False: no port is opened, clients come by `broker.socketFactory`. Default: true. */
  readonly tcp?: boolean
  /** Ports beside the first one, by a name of yours. Default: none. */
  readonly listeners?: Readonly<Record<string, ListenerOptions>>
  /** Default: 0. */
  readonly nodeId?: number
  /** Default: the machine's clock. A virtual one belongs on in-memory sockets. */
  readonly clock?: Clock
  /** Ids and chances follow from it: the same seed and the same requests give the same run. Default: none, everything is random. */
  readonly seed?: number
  /**
   * What all logs may hold together: a number of bytes, or with its unit (`KiB`, `MiB`, `GiB`). A batch beyond it is refused.
   * Default: `256MiB`.
   */
  readonly memoryLimit?: number | string
  readonly groups?: GroupOptions
  readonly transactions?: TransactionOptions
  /** Hears of everything from the start on, but not of each answered request: `broker.events.subscribe` tells those too. */
  readonly onEvent?: BrokerListener
}

/** One more port. A client that comes in by it is told to come back by it. */
export interface ListenerOptions {
  /** Default: 0, any port that is free. */
  readonly port?: number
  /** What clients of this listener are told to connect to instead, such as the address of a proxy or of a container. Default: its own. */
  readonly advertised?: { readonly host: string; readonly port: number }
}

export interface TopicOptions {
  /** Default: `defaultPartitions`. */
  readonly partitions?: number
  /** Kafka's topic configs, by Kafka's names. */
  readonly config?: Readonly<Record<string, string | number | boolean>>
}

/** Consumer groups. Defaults are Kafka's but for the initial delay. */
export interface GroupOptions {
  /** The shortest session timeout that a member may ask for: `group.min.session.timeout.ms`. Default: `6s`. */
  readonly minSessionTimeout?: Duration
  /** The longest one: `group.max.session.timeout.ms`. Default: `30m`. */
  readonly maxSessionTimeout?: Duration
  /** How long an empty group waits for more members after the first: `group.initial.rebalance.delay.ms`. Default: 0; Kafka's is `3s`. */
  readonly initialRebalanceDelay?: Duration
  /** Members per group: `group.max.size`. Default: without a limit. */
  readonly maxSize?: number
  /** Bytes of text beside a committed offset: `offset.metadata.max.bytes`. Default: 4096. */
  readonly offsetMetadataMaxBytes?: number
}

/** Transactions. Defaults are Kafka's. */
export interface TransactionOptions {
  /** The longest timeout that a producer may ask for: `transaction.max.timeout.ms`. Default: `15m`. */
  readonly maxTimeout?: Duration
  /** How often transactions are looked at for their timeout: `transaction.abort.timed.out.transaction.cleanup.interval.ms`. Default: `10s`. */
  readonly reaperInterval?: Duration
}

/** Options of a broker that cannot be. The message names every problem at once. */
export class BrokerOptionsError extends Error {
  override readonly name = 'BrokerOptionsError'
  readonly code = 'BROKER_BAD_OPTIONS'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const many = `${problems.length} options of the broker cannot be:\n- ${problems.join('\n- ')}`
    super(problems.length === 1 ? `An option of the broker cannot be: ${problems[0]}` : many)
    this.problems = problems
  }
}
