import type { ConfigType } from '../topics/topic-configs.js'

/** A config of the broker itself, as DescribeConfigs shows it. All are read-only: they are set when the broker starts. */
export interface BrokerConfig {
  readonly name: string
  readonly type: ConfigType
  readonly value: string
  /** Kafka's default. A value that differs was set by whoever started this broker. */
  readonly default: string
}

export type BrokerConfigs = readonly BrokerConfig[]
