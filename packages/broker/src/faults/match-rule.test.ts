import { describe, expect, it } from 'vitest'
import type { Call } from './fault-gate.js'
import { fieldsFit, fits, matchesRule } from './match-rule.js'
import { type FaultMatchOnly, on } from './on.js'
import { callOf, fetchFrom, produceTo } from './test-support/calls.js'
import type { ApiName } from '../protocol/apis.js'

const topics = (...names: string[]) => names.map((name) => ({ name, partitions: [{ partitionIndex: 4 }] }))

describe('matchesRule', () => {
  it.each<[string, FaultMatchOnly<ApiName>, Call, boolean]>([
    ['an API', on('Fetch'), callOf('Fetch'), true],
    ['another API', on('Fetch'), callOf('Produce'), false],
    ['one of several APIs', on('Fetch', 'Produce'), callOf('Produce'), true],
    ['every API', on(), callOf('Heartbeat'), true],
    ['a client', on().clientId('app-1'), callOf('Fetch'), true],
    ['another client', on().clientId('app-2'), callOf('Fetch'), false],
    ['a client by its beginning', on().clientId('app-*'), callOf('Fetch'), true],
    ['a topic among several', on('Produce').topic('b'), produceTo({ a: [0], b: [1] }), true],
    ['a topic that is not there', on('Produce').topic('c'), produceTo({ a: [0], b: [1] }), false],
    ['a topic of a fetch', on('Fetch').topic('a'), fetchFrom({ a: [0] }), true],
    ['a partition of its topic', on('Produce').topic('b').partition(1), produceTo({ a: [0], b: [1] }), true],
    ['a partition of another topic', on('Produce').topic('a').partition(1), produceTo({ a: [0], b: [1] }), false],
    ['a partition of any topic', on('Produce').partition(1), produceTo({ a: [0], b: [1] }), true],
    [
      'partitions that are bare numbers',
      on('OffsetFetch').topic('a').partition(4),
      callOf('OffsetFetch', { topics: [{ name: 'a', partitionIndexes: [3, 4] }] }),
      true,
    ],
    ['all topics at once', on('Metadata').topic('a'), callOf('Metadata', { topics: null }), true],
    ['no topics at all', on('Metadata').topic('a'), callOf('Metadata', { topics: [] }), false],
    ['a topic by bare name', on('DeleteTopics').topic('a'), callOf('DeleteTopics', { topicNames: ['b', 'a'] }), true],
    [
      'a partition of a whole topic',
      on('Metadata').topic('a').partition(9),
      callOf('Metadata', { topics: [{ name: 'a' }] }),
      true,
    ],
    [
      'topics of a commit',
      on('OffsetCommit').topic('a').partition(4),
      callOf('OffsetCommit', { topics: topics('a') }),
      true,
    ],
    [
      'topics of a transaction',
      on('AddPartitionsToTxn').topic('a'),
      callOf('AddPartitionsToTxn', { v3AndBelowTopics: [{ name: 'a', partitions: [0] }] }),
      true,
    ],
    ['a group', on().group('g'), callOf('Heartbeat', { groupId: 'g' }), true],
    ['another group', on().group('g'), callOf('Heartbeat', { groupId: 'h' }), false],
    ['one of several groups', on().group('g'), callOf('DescribeGroups', { groups: ['f', 'g'] }), true],
    ['a group that is looked for', on().group('g'), callOf('FindCoordinator', { key: 'g', keyType: 0 }), true],
    ['a transaction that is looked for', on().group('g'), callOf('FindCoordinator', { key: 'g', keyType: 1 }), false],
    ['a transactional id', on().transactionalId('t*'), callOf('EndTxn', { transactionalId: 'tx' }), true],
    [
      'a transactional id that is looked for',
      on().transactionalId('t'),
      callOf('FindCoordinator', { key: 't', keyType: 1 }),
      true,
    ],
    ['no transactional id', on().transactionalId('t'), callOf('Produce', { transactionalId: null }), false],
    ['a field', on('Produce').with({ acks: 0 }), produceTo({ a: [0] }, 0), true],
    ['a field of another value', on('Produce').with({ acks: 0 }), produceTo({ a: [0] }, 1), false],
  ])('%s', (_what, match, call, expected) => {
    expect(matchesRule(match.close().rule, call)).toBe(expected)
  })
})

describe('fits', () => {
  it.each([
    ['orders', 'orders', true],
    ['orders', 'orders.v1', false],
    ['orders*', 'orders.v1', true],
    ['*.dlq', 'orders.dlq', true],
    ['*.dlq', 'orders.dlq.1', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['a.c', 'abc', false],
  ])('%s to %s: %s', (pattern, name, expected) => {
    expect(fits(pattern, name)).toBe(expected)
  })
})

describe('fieldsFit', () => {
  it.each([
    ['some element of a list', { topics: { name: 'b' } }, { topics: [{ name: 'a' }, { name: 'b' }] }, true],
    ['no element of a list', { topics: { name: 'c' } }, { topics: [{ name: 'a' }] }, false],
    [
      'several facts of the same element',
      { topics: { name: 'a', id: 2 } },
      {
        topics: [
          { name: 'a', id: 1 },
          { name: 'b', id: 2 },
        ],
      },
      false,
    ],
    ['a bigint as a number', { offset: 7 }, { offset: 7n }, true],
    ['a bigint beyond what a number can say', { offset: 2 ** 53 }, { offset: 2n ** 53n + 1n }, false],
    ['null', { key: null }, { key: null }, true],
    ['a field that is not there', { key: null }, {}, false],
    ['what every object has', { constructor: {} }, {}, false],
  ])('%s', (_what, pattern, value, expected) => {
    expect(fieldsFit(pattern as Parameters<typeof fieldsFit>[0], value)).toBe(expected)
  })
})
