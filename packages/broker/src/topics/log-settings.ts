import type { LogConfig } from '../log/log-config.js'
import type { ConfigOverrides } from './check-topic-config.js'
import { topicConfigs } from './topic-configs.js'

/** A live view of what is set on a topic, for its logs. Values were checked when they were set. */
export function createLogSettings(overrides: () => ConfigOverrides): LogConfig {
  let parsedFrom: ConfigOverrides | undefined
  let parsed: LogConfig | undefined
  const current = (): LogConfig => {
    const now = overrides()
    // A set of overrides is never changed in place, so its identity says whether it was parsed before.
    if (parsed === undefined || parsedFrom !== now) {
      parsed = parse(now)
      parsedFrom = now
    }
    return parsed
  }
  return {
    get maxMessageBytes() {
      return current().maxMessageBytes
    },
    get segmentBytes() {
      return current().segmentBytes
    },
    get timestampType() {
      return current().timestampType
    },
    get retentionMs() {
      return current().retentionMs
    },
    get retentionBytes() {
      return current().retentionBytes
    },
    get cleanupPolicy() {
      return current().cleanupPolicy
    },
    get timestampBeforeMaxMs() {
      return current().timestampBeforeMaxMs
    },
    get timestampAfterMaxMs() {
      return current().timestampAfterMaxMs
    },
  }
}

function parse(overrides: ConfigOverrides): LogConfig {
  const text = (name: string): string => (overrides.get(name) ?? topicConfigs.get(name)?.default ?? '').trim()
  const number = (name: string): number => Number(text(name))
  const policies = new Set(
    text('cleanup.policy')
      .split(',')
      .map((word) => word.trim()),
  )
  return {
    maxMessageBytes: number('max.message.bytes'),
    segmentBytes: number('segment.bytes'),
    timestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    cleanupPolicy: cleanupPolicyOf(policies.has('compact'), policies.has('delete')),
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
  }
}

function cleanupPolicyOf(compact: boolean, remove: boolean): LogConfig['cleanupPolicy'] {
  if (compact) return remove ? 'compact,delete' : 'compact'
  return remove ? 'delete' : ''
}
