import { describe, expect, it } from 'vitest'
import { checkTopicConfigs } from './check-topic-config.js'
import { createLogSettings } from './log-settings.js'
import { topicConfigs } from './topic-configs.js'

const check = (name: string, value: string | null): string | null | undefined =>
  checkTopicConfigs(new Map([[name, value]]))?.errorMessage

describe('topic configs', () => {
  it('are the 33 of Kafka 4.3, in the order of their names', () => {
    const names = [...topicConfigs.keys()]
    expect(names.length).toBe(33)
    expect(names).toEqual(names.toSorted())
  })

  it('have defaults that are allowed values', () => {
    for (const { name, default: value } of topicConfigs.values())
      expect([name, check(name, value)]).toEqual([name, undefined])
  })

  it.each([
    ['retention.ms', '-1'],
    ['retention.ms', ' 1000 '],
    ['retention.bytes', '-5'],
    ['cleanup.policy', 'compact,delete'],
    ['cleanup.policy', 'compact, delete'],
    ['cleanup.policy', ''],
    ['message.timestamp.type', 'LogAppendTime'],
    ['min.cleanable.dirty.ratio', '1e-1'],
    ['preallocate', 'TRUE'],
    ['max.message.bytes', '2147483647'],
    ['flush.messages', '9223372036854775807'],
    ['compression.type', 'zstd'],
  ])('take %s = %j', (name, value) => {
    expect(check(name, value)).toBeUndefined()
  })

  it.each([
    ['no.such.config', '1', 'Unknown topic config name: no.such.config'],
    ['retention.ms', null, 'Null value not supported for topic configs: retention.ms'],
    ['retention.ms', 'soon', 'Invalid value soon for configuration retention.ms: Not a number of type LONG'],
    ['retention.ms', '', 'Invalid value  for configuration retention.ms: Not a number of type LONG'],
    ['retention.ms', '1.5', 'Invalid value 1.5 for configuration retention.ms: Not a number of type LONG'],
    ['retention.ms', '-2', 'Invalid value -2 for configuration retention.ms: Value must be at least -1'],
    ['flush.messages', '9223372036854775808', expect.stringContaining('Not a number of type LONG')],
    ['max.message.bytes', '2147483648', expect.stringContaining('Not a number of type INT')],
    ['cleanup.policy', 'shred', expect.stringContaining('String must be one of: compact, delete')],
    ['cleanup.policy', 'delete,shred', expect.stringContaining('String must be one of: compact, delete')],
    [
      'message.timestamp.type',
      'createtime',
      expect.stringContaining('String must be one of: CreateTime, LogAppendTime'),
    ],
    ['min.cleanable.dirty.ratio', '1.1', expect.stringContaining('no more than 1')],
    ['min.cleanable.dirty.ratio', 'half', expect.stringContaining('Not a number of type DOUBLE')],
    ['preallocate', 'yes', expect.stringContaining('either true or false')],
  ])('refuse %s = %j', (name, value, message) => {
    expect(checkTopicConfigs(new Map([[name, value]]))).toEqual({ errorCode: 40, errorMessage: message })
  })

  it('refuse two that contradict each other', () => {
    const set = new Map([
      ['min.compaction.lag.ms', '10'],
      ['max.compaction.lag.ms', '5'],
    ])
    expect(checkTopicConfigs(set)?.errorMessage).toBe(
      'conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)',
    )
  })
})

describe('what a log reads', () => {
  it('has Kafka defaults where nothing is set', () => {
    expect({ ...createLogSettings(() => new Map()) }).toEqual({
      maxMessageBytes: 1_048_588,
      segmentBytes: 1_073_741_824,
      timestampType: 'CreateTime',
      retentionMs: 604_800_000,
      retentionBytes: -1,
      cleanupPolicy: 'delete',
      timestampBeforeMaxMs: Number(2n ** 63n - 1n),
      timestampAfterMaxMs: 3_600_000,
    })
  })

  it('sees an altered config at once', () => {
    let set = new Map([['retention.ms', '5']])
    const settings = createLogSettings(() => set)
    expect(settings.retentionMs).toBe(5)
    set = new Map([['retention.ms', '6']])
    expect(settings.retentionMs).toBe(6)
  })

  it.each([
    ['compact', 'compact'],
    ['delete', 'delete'],
    ['delete,compact', 'compact,delete'],
    [' compact , delete', 'compact,delete'],
    ['', ''],
  ])('reads cleanup.policy %j as %j', (text, policy) => {
    expect(createLogSettings(() => new Map([['cleanup.policy', text]])).cleanupPolicy).toBe(policy)
  })
})
