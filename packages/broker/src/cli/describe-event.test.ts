import { expect, it } from 'vitest'
import type { BrokerEvent } from '../observe/broker-events.js'
import { createActivity, summaryText } from './activity.js'
import { describeEvent } from './describe-event.js'

const producer = { transactionalId: 'tx', producerId: 7n, producerEpoch: 2 }

const lines: [BrokerEvent, string | undefined][] = [
  [{ kind: 'topic.created', topic: 'a', partitions: 1 }, 'topic a created with 1 partition'],
  [{ kind: 'topic.extended', topic: 'a', partitions: 3 }, 'topic a has 3 partitions now'],
  [{ kind: 'topic.deleted', topic: 'a' }, 'topic a deleted'],
  [{ kind: 'topic.configured', topic: 'a' }, 'topic a configured'],
  [
    { kind: 'log.truncated', topic: 'a', partition: 1, startOffset: 5n, reason: 'fault' },
    'a[1] begins at 5 now (fault)',
  ],
  [
    { kind: 'group.changed', groupId: 'g', state: 'Stable', generation: 4, members: 2 },
    'group g: Stable, generation 4, 2 members',
  ],
  [
    { kind: 'memory.full', limitBytes: 1000 },
    'the logs hold all that they may, 1000 bytes: records are refused; --memory allows more',
  ],
  [{ kind: 'group.deleted', groupId: 'g' }, 'group g deleted'],
  [{ kind: 'member.expired', groupId: 'g', memberId: 'm' }, 'group g: m expired'],
  [{ kind: 'transaction.begun', ...producer }, 'transaction tx begun, producer 7 epoch 2'],
  [{ kind: 'transaction.ended', ...producer, committed: false }, 'transaction tx aborted, producer 7 epoch 2'],
  [{ kind: 'producer.fenced', ...producer }, 'transactional id tx fenced, producer 7 epoch 2'],
  [{ kind: 'connection.closed', connectionId: 3, reason: 'client' }, 'connection 3 closed'],
  [
    { kind: 'connection.closed', connectionId: 3, reason: 'stalled' },
    'connection 3 closed: it did not read its answers',
  ],
  [
    { kind: 'request.failed', connectionId: 3, api: 'Fetch', apiVersion: 4, error: new Error('oh') },
    'Fetch v4 on connection 3 failed: Error: oh',
  ],
  [{ kind: 'offsets.committed', groupId: 'g', offsets: [] }, undefined],
]

it.each(lines.map(([event, line]) => [event.kind, line, event] as const))('%s reads %s', (_kind, line, event) => {
  expect(describeEvent(event)).toBe(line)
})

it('counts records, and tells each of them once', () => {
  const activity = createActivity()
  const append = (topic: string, records: number): void =>
    activity.note({ kind: 'records.appended', topic, partition: 0, baseOffset: 0n, endOffset: 1n, records })
  activity.note({ kind: 'topic.created', topic: 'a', partitions: 1 })
  append('a', 2)
  append('b', 3)
  append('a', 5)
  expect(activity.newRecords()).toBe('records: a +7, b +3')
  expect(activity.newRecords()).toBeUndefined()
  expect(summaryText(activity.summary(1_250))).toBe(
    'up 1.3 s: 10 records in 1 topics, 0 groups, 0 transactions, 0 connections',
  )
})
