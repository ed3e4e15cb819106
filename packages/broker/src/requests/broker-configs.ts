import type { ResolvedOptions } from '../resolve-options.js'
import { type ConfigType, topicConfigs } from '../topics/topic-configs.js'

/** A config of the broker itself, as DescribeConfigs shows it. All are read-only: they are set when the broker starts. */
export interface BrokerConfig {
  readonly name: string
  readonly type: ConfigType
  readonly value: string
  /** Kafka's default, null where it has none. A value that differs was set by whoever started this broker. */
  readonly default: string | null
}

export type BrokerConfigs = readonly BrokerConfig[]

/** What this broker has of Kafka's broker configs: those that it acts by, and the defaults of its topics. */
export function brokerConfigsOf(options: ResolvedOptions): BrokerConfigs {
  const { groups, transactions } = options
  const own: BrokerConfig[] = [
    of('auto.create.topics.enable', 'boolean', options.autoCreateTopics, true),
    of('broker.id', 'int', options.nodeId, -1),
    of('default.replication.factor', 'int', 1, 1),
    of('delete.topic.enable', 'boolean', true, true),
    of('group.initial.rebalance.delay.ms', 'int', groups.initialRebalanceDelayMs, 3_000),
    of('group.max.session.timeout.ms', 'int', groups.maxSessionMs, 1_800_000),
    of('group.max.size', 'int', groups.maxGroupSize, 2_147_483_647),
    of('group.min.session.timeout.ms', 'int', groups.minSessionMs, 6_000),
    of('node.id', 'int', options.nodeId, null),
    of('num.partitions', 'int', options.defaultPartitions, 1),
    of('offset.metadata.max.bytes', 'int', groups.offsetMetadataMaxBytes, 4_096),
    of('transaction.abort.timed.out.transaction.cleanup.interval.ms', 'int', transactions.reaperIntervalMs, 10_000),
    of('transaction.max.timeout.ms', 'int', transactions.maxTimeoutMs, 900_000),
  ]
  return [...own, ...topicDefaults()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

type Value = string | number | boolean

const of = (name: string, type: ConfigType, value: Value, fallback: Value | null): BrokerConfig => ({
  name,
  type,
  value: String(value),
  default: fallback === null ? null : String(fallback),
})

/** The broker's configs that topics take their defaults from. */
const topicDefaults = (): BrokerConfig[] =>
  [...topicConfigs.values()].flatMap(({ brokerConfig, brokerDefault, type, default: fallback }) => {
    if (brokerConfig === undefined) return []
    const value = brokerDefault ?? fallback
    return [of(brokerConfig, brokerConfig.endsWith('.hours') ? 'int' : type, value, value)]
  })
