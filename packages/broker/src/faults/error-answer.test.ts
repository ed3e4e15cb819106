import { describe, expect, it } from 'vitest'
import { type ApiName, apis } from '../protocol/apis.js'
import { decodeMessage } from '../protocol/decode-message.js'
import { encodeMessage } from '../protocol/encode-message.js'
import { type ErrorName, errorCode } from '../protocol/error-codes.js'
import type { Message } from '../protocol/schema.js'
import { failRequest } from './error-answer.js'
import type { Call } from './fault-gate.js'
import { type FaultMatchOnly, on } from './on.js'
import { apiNames } from './request-shape.js'
import { callOf, fetchFrom, produceTo } from './test-support/calls.js'

const partitions = (...indexes: number[]) => indexes.map((partitionIndex) => ({ partitionIndex }))

/** A request of each API that has something in it to fail. */
const requests: Partial<Record<ApiName, Record<string, unknown>>> = {
  Produce: { acks: -1, topicData: [{ name: 'a', partitionData: [{ index: 3, records: null }] }] },
  Fetch: { topics: [{ topic: 'a', partitions: [{ partition: 3 }] }] },
  ListOffsets: { topics: [{ name: 'a', partitions: partitions(3) }] },
  Metadata: { topics: [{ name: 'a' }] },
  OffsetCommit: { topics: [{ name: 'a', partitions: partitions(3) }] },
  OffsetFetch: { topics: [{ name: 'a', partitionIndexes: [3] }] },
  DescribeGroups: { groups: ['g'] },
  DeleteGroups: { groupsNames: ['g'] },
  CreateTopics: { topics: [{ name: 'a' }] },
  DeleteTopics: { topicNames: ['a'] },
  DeleteRecords: { topics: [{ name: 'a', partitions: partitions(3) }] },
  AddPartitionsToTxn: { v3AndBelowTopics: [{ name: 'a', partitions: [3] }] },
  TxnOffsetCommit: { topics: [{ name: 'a', partitions: partitions(3) }] },
  CreateAcls: { creations: [{}] },
  DeleteAcls: { filters: [{}] },
  DescribeConfigs: { resources: [{ resourceType: 2, resourceName: 'a' }] },
  AlterConfigs: { resources: [{ resourceType: 2, resourceName: 'a' }] },
  IncrementalAlterConfigs: { resources: [{ resourceType: 2, resourceName: 'a' }] },
  CreatePartitions: { topics: [{ name: 'a' }] },
  OffsetDelete: { topics: [{ name: 'a', partitions: partitions(3) }] },
  DescribeTransactions: { transactionalIds: ['t'] },
}

const failed = (call: Call & { api: ApiName }, ...matches: [FaultMatchOnly<ApiName>, ErrorName][]) =>
  failRequest(
    call,
    matches.map(([match, error]) => ({ error, rule: match.error(error).rule })),
  )

const bodyOf = ({ instead }: ReturnType<typeof failRequest>): unknown =>
  typeof instead === 'object' ? instead.body : expect.unreachable('it was not answered')

/** As a client reads it. */
function asRead({ api, apiVersion }: Call & { api: ApiName }, body: unknown): Record<string, unknown> {
  const table: Message = apis[api].response
  const bytes = encodeMessage(table, apiVersion, body as never)
  return decodeMessage(table, apiVersion, bytes)
}

/** Every error code in a body, wherever it stands. */
const codesIn = (value: unknown): number[] =>
  Array.isArray(value)
    ? value.flatMap(codesIn)
    : typeof value === 'object' && value !== null && !Buffer.isBuffer(value)
      ? Object.entries(value).flatMap(([name, inner]) => (/errorCode$/i.test(name) ? [Number(inner)] : codesIn(inner)))
      : []

const versionsOf = (api: ApiName): number[] => {
  const [first, last] = apis[api].accepted
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

describe('failRequest', () => {
  it.each(
    apiNames
      .filter((api) => api !== 'Metadata')
      .flatMap((api) => versionsOf(api).map((version) => [api, version] as const)),
  )('makes an answer of %s %i that a client can read, with the code in it', (api, apiVersion) => {
    const call = callOf(api, requests[api] ?? {}, { apiVersion })
    const answer = asRead(call, bodyOf(failed(call, [on(), 'NOT_LEADER_OR_FOLLOWER'])))
    expect(codesIn(answer).filter((code) => code !== 0)).toEqual([6])
  })

  it('fails every partition of a produce, with nothing that looks like an offset', () => {
    const call = produceTo({ a: [0, 1], b: [2] })
    const part = (index: number) =>
      expect.objectContaining({ index, errorCode: 19, baseOffset: -1n, logAppendTimeMs: -1n, logStartOffset: -1n })
    expect(asRead(call, bodyOf(failed(call, [on(), 'NOT_ENOUGH_REPLICAS'])))['responses']).toEqual([
      { name: 'a', partitionResponses: [part(0), part(1)] },
      { name: 'b', partitionResponses: [part(2)] },
    ])
  })

  it('applies the partitions that are not meant, and answers in the order of the request', () => {
    const call = produceTo({ a: [0, 1], b: [2], c: [3] })
    const outcome = failed(
      call,
      [on().topic('a').partition(0), 'NOT_ENOUGH_REPLICAS'],
      [on().topic('b'), 'MESSAGE_TOO_LARGE'],
    )
    expect(outcome.instead).toBeUndefined()
    expect(outcome.request).toMatchObject({
      acks: -1,
      topicData: [
        { name: 'a', partitionData: [{ index: 1 }] },
        { name: 'c', partitionData: [{ index: 3 }] },
      ],
    })
    const applied = {
      responses: [
        { name: 'c', partitionResponses: [{ index: 3, errorCode: 0, baseOffset: 30n }] },
        { name: 'a', partitionResponses: [{ index: 1, errorCode: 0, baseOffset: 10n }] },
      ],
      throttleTimeMs: 5,
    }
    const answer = asRead(call, outcome.edit?.(applied))
    expect(answer).toMatchObject({
      throttleTimeMs: 5,
      responses: [
        {
          name: 'a',
          partitionResponses: [
            { index: 0, errorCode: 19 },
            { index: 1, errorCode: 0, baseOffset: 10n },
          ],
        },
        { name: 'b', partitionResponses: [{ index: 2, errorCode: 10 }] },
        { name: 'c', partitionResponses: [{ index: 3, errorCode: 0, baseOffset: 30n }] },
      ],
    })
  })

  it('applies the topics that are not meant where a request is about whole topics', () => {
    const call = callOf('CreateTopics', { topics: [{ name: 'a' }, { name: 'b' }] })
    const outcome = failed(call, [on().topic('b'), 'POLICY_VIOLATION'])
    expect(outcome.request).toMatchObject({ topics: [{ name: 'a' }] })
    const answer = asRead(call, outcome.edit?.({ topics: [{ name: 'a', errorCode: 0, errorMessage: null }] }))
    expect(answer['topics']).toMatchObject([
      { name: 'a', errorCode: 0 },
      { name: 'b', errorCode: 44 },
    ])
  })

  it('closes the connection where nobody waits for the answer of a produce', () => {
    expect(failed(produceTo({ a: [0] }, 0), [on(), 'NOT_LEADER_OR_FOLLOWER'])).toEqual({ instead: 'close' })
  })

  it('applies the rest of a produce that nobody waits for, and closes', () => {
    const outcome = failed(produceTo({ a: [0, 1] }, 0), [on().partition(0), 'NOT_LEADER_OR_FOLLOWER'])
    expect(outcome).toMatchObject({
      after: 'dropAnswer',
      request: { topicData: [{ name: 'a', partitionData: [{ index: 1 }] }] },
    })
  })

  it('lets a request pass that has none of the partitions', () => {
    expect(failed(fetchFrom({}), [on(), 'NOT_LEADER_OR_FOLLOWER'])).toEqual({})
    expect(failed(fetchFrom({ a: [0] }), [on().topic('b'), 'NOT_LEADER_OR_FOLLOWER'])).toEqual({})
  })

  it.each<[ApiName, number, ErrorName, object]>([
    ['Fetch', 11, 'FETCH_SESSION_ID_NOT_FOUND', { errorCode: 70, responses: [] }],
    ['Fetch', 4, 'FETCH_SESSION_ID_NOT_FOUND', { responses: [{ topic: 'a', partitions: [{ errorCode: 70 }] }] }],
    ['OffsetFetch', 7, 'NOT_COORDINATOR', { errorCode: 16, topics: [] }],
    ['OffsetFetch', 2, 'NOT_COORDINATOR', { errorCode: 16, topics: [] }],
    [
      'OffsetFetch',
      1,
      'NOT_COORDINATOR',
      { topics: [{ name: 'a', partitions: [{ errorCode: 16, committedOffset: -1n }] }] },
    ],
    [
      'OffsetFetch',
      7,
      'UNSTABLE_OFFSET_COMMIT',
      { errorCode: 0, topics: [{ name: 'a', partitions: [{ errorCode: 88 }] }] },
    ],
    ['OffsetDelete', 0, 'NON_EMPTY_GROUP', { errorCode: 68, topics: [] }],
    [
      'OffsetDelete',
      0,
      'GROUP_SUBSCRIBED_TO_TOPIC',
      { errorCode: 0, topics: [{ name: 'a', partitions: [{ errorCode: 86 }] }] },
    ],
    ['FindCoordinator', 2, 'COORDINATOR_NOT_AVAILABLE', { errorCode: 15, nodeId: -1, host: '', port: -1 }],
    ['InitProducerId', 1, 'CONCURRENT_TRANSACTIONS', { errorCode: 51, producerId: -1n, producerEpoch: -1 }],
    ['JoinGroup', 5, 'UNKNOWN_MEMBER_ID', { errorCode: 25, generationId: -1, members: [] }],
  ])('answers %s %i with %s where Kafka does', (api, apiVersion, error, expected) => {
    const call = callOf(api, requests[api] ?? {}, { apiVersion })
    expect(asRead(call, bodyOf(failed(call, [on(), error])))).toMatchObject(expected)
  })

  it('tells a refused join its own member id', () => {
    const call = callOf('JoinGroup', { groupId: 'g', memberId: 'm-1' })
    expect(bodyOf(failed(call, [on(), 'MEMBER_ID_REQUIRED']))).toMatchObject({ memberId: 'm-1' })
  })

  it('refuses all partitions of a transaction where one cannot be added', () => {
    const call = callOf('AddPartitionsToTxn', { v3AndBelowTopics: [{ name: 'a', partitions: [0, 1] }] })
    expect(bodyOf(failed(call, [on().partition(1), 'UNKNOWN_TOPIC_OR_PARTITION']))).toMatchObject({
      resultsByTopicV3AndBelow: [
        {
          name: 'a',
          resultsByPartition: [
            { partitionIndex: 0, partitionErrorCode: 55 },
            { partitionIndex: 1, partitionErrorCode: 3 },
          ],
        },
      ],
    })
  })

  it('answers a group error in the rows where only a topic is meant', () => {
    const call = callOf('OffsetFetch', {
      topics: [
        { name: 'a', partitionIndexes: [0] },
        { name: 'b', partitionIndexes: [1] },
      ],
    })
    const outcome = failed(call, [on().topic('a'), 'GROUP_AUTHORIZATION_FAILED'])
    expect(outcome.request).toMatchObject({ topics: [{ name: 'b', partitionIndexes: [1] }] })
  })

  it('keeps what metadata says of the broker, and fails topics and partitions', () => {
    const partition = (partitionIndex: number) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: 0,
      replicaNodes: [0],
      isrNodes: [0],
    })
    const body = {
      brokers: [{ nodeId: 0, host: 'h', port: 1 }],
      topics: ['a', 'b', 'c'].map((name) => ({ errorCode: 0, name, partitions: [partition(0), partition(1)] })),
    }
    const call = callOf('Metadata', { topics: null })
    const outcome = failed(
      call,
      [on().topic('a'), 'UNKNOWN_TOPIC_OR_PARTITION'],
      [on().topic('b').partition(1), 'LEADER_NOT_AVAILABLE'],
    )
    expect(outcome.instead).toBeUndefined()
    expect(asRead(call, outcome.edit?.(body))).toMatchObject({
      brokers: [{ nodeId: 0, host: 'h', port: 1 }],
      topics: [
        { name: 'a', errorCode: 3, partitions: [] },
        {
          name: 'b',
          errorCode: 0,
          partitions: [
            { errorCode: 0, leaderId: 0 },
            { errorCode: 5, leaderId: -1 },
          ],
        },
        { name: 'c', errorCode: 0, partitions: [{ errorCode: 0 }, { errorCode: 0 }] },
      ],
    })
  })

  it('takes the first of two errors for the same place', () => {
    const call = produceTo({ a: [0] })
    const answer = bodyOf(failed(call, [on().topic('a'), 'INVALID_RECORD'], [on(), 'NOT_ENOUGH_REPLICAS']))
    expect(codesIn(answer)).toEqual([errorCode.INVALID_RECORD])
  })
})
