/**
 * The configs that a topic of Kafka 4.3.1 has, with Kafka's types, limits and defaults. All 33 are described and can be set; which
 * of them change what this broker does says `log-settings.ts`.
 */
export type ConfigType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list'

export interface TopicConfigDefinition {
  readonly name: string
  readonly type: ConfigType
  readonly default: string
  /** Values that are allowed: one of these words, or a number inside these limits. */
  readonly oneOf?: readonly string[]
  readonly min?: number
  readonly max?: number
  /**
   * The broker's config that gives the default, and its own default where it is another config that stands in (hours for milliseconds): that
   * one is no synonym.
   */
  readonly brokerConfig?: string
  readonly brokerDefault?: string
}

const longMax = '9223372036854775807'
const weekMs = '604800000'
const compressions = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] as const

const define = (
  name: string,
  type: ConfigType,
  defaultValue: string,
  more: Omit<TopicConfigDefinition, 'name' | 'type' | 'default'> = {},
): TopicConfigDefinition => ({ name, type, default: defaultValue, ...more })

const definitions: readonly TopicConfigDefinition[] = [
  define('cleanup.policy', 'list', 'delete', { oneOf: ['compact', 'delete'], brokerConfig: 'log.cleanup.policy' }),
  define('compression.gzip.level', 'int', '-1', { min: -1, max: 9, brokerConfig: 'compression.gzip.level' }),
  define('compression.lz4.level', 'int', '9', { min: 1, max: 17, brokerConfig: 'compression.lz4.level' }),
  define('compression.type', 'string', 'producer', { oneOf: compressions, brokerConfig: 'compression.type' }),
  define('compression.zstd.level', 'int', '3', { min: -131072, max: 22, brokerConfig: 'compression.zstd.level' }),
  define('delete.retention.ms', 'long', '86400000', { min: 0, brokerConfig: 'log.cleaner.delete.retention.ms' }),
  define('file.delete.delay.ms', 'long', '60000', { min: 0, brokerConfig: 'log.segment.delete.delay.ms' }),
  define('flush.messages', 'long', longMax, { min: 1, brokerConfig: 'log.flush.interval.messages' }),
  define('flush.ms', 'long', longMax, {
    min: 0,
    brokerConfig: 'log.flush.scheduler.interval.ms',
    brokerDefault: longMax,
  }),
  define('follower.replication.throttled.replicas', 'list', ''),
  define('index.interval.bytes', 'int', '4096', { min: 0, brokerConfig: 'log.index.interval.bytes' }),
  define('leader.replication.throttled.replicas', 'list', ''),
  define('local.retention.bytes', 'long', '-2', { min: -2, brokerConfig: 'log.local.retention.bytes' }),
  define('local.retention.ms', 'long', '-2', { min: -2, brokerConfig: 'log.local.retention.ms' }),
  define('max.compaction.lag.ms', 'long', longMax, { min: 1, brokerConfig: 'log.cleaner.max.compaction.lag.ms' }),
  define('max.message.bytes', 'int', '1048588', { min: 0, brokerConfig: 'message.max.bytes' }),
  define('message.timestamp.after.max.ms', 'long', '3600000', {
    min: 0,
    brokerConfig: 'log.message.timestamp.after.max.ms',
  }),
  define('message.timestamp.before.max.ms', 'long', longMax, {
    min: 0,
    brokerConfig: 'log.message.timestamp.before.max.ms',
  }),
  define('message.timestamp.type', 'string', 'CreateTime', {
    oneOf: ['CreateTime', 'LogAppendTime'],
    brokerConfig: 'log.message.timestamp.type',
  }),
  define('min.cleanable.dirty.ratio', 'double', '0.5', {
    min: 0,
    max: 1,
    brokerConfig: 'log.cleaner.min.cleanable.ratio',
  }),
  define('min.compaction.lag.ms', 'long', '0', { min: 0, brokerConfig: 'log.cleaner.min.compaction.lag.ms' }),
  define('min.insync.replicas', 'int', '1', { min: 1, brokerConfig: 'min.insync.replicas' }),
  define('preallocate', 'boolean', 'false', { brokerConfig: 'log.preallocate' }),
  define('remote.log.copy.disable', 'boolean', 'false'),
  define('remote.log.delete.on.disable', 'boolean', 'false'),
  define('remote.storage.enable', 'boolean', 'false'),
  define('retention.bytes', 'long', '-1', { brokerConfig: 'log.retention.bytes' }),
  define('retention.ms', 'long', weekMs, { min: -1, brokerConfig: 'log.retention.hours', brokerDefault: '168' }),
  define('segment.bytes', 'int', '1073741824', { min: 1048576, brokerConfig: 'log.segment.bytes' }),
  define('segment.index.bytes', 'int', '10485760', { min: 4, brokerConfig: 'log.index.size.max.bytes' }),
  define('segment.jitter.ms', 'long', '0', { min: 0, brokerConfig: 'log.roll.jitter.hours', brokerDefault: '0' }),
  define('segment.ms', 'long', weekMs, { min: 1, brokerConfig: 'log.roll.hours', brokerDefault: '168' }),
  define('unclean.leader.election.enable', 'boolean', 'false', { brokerConfig: 'unclean.leader.election.enable' }),
]

/** By name, in the order of names. */
export const topicConfigs: ReadonlyMap<string, TopicConfigDefinition> = new Map(
  definitions.map((definition) => [definition.name, definition]),
)
