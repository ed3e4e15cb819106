import { describe, expect, it } from 'vitest'
import { type ApiName, apis, type RequestBody, type ResponseBody } from './apis.js'
import { decodeMessage } from './decode-message.js'
import { decodeResponse, encodeRequest, encodeResponse } from './frame.js'
import { readRequestHeader } from './request-header.js'
import type { Decoded, Message } from './schema.js'
import { withDefaults } from './with-defaults.js'

// Written by hand from Kafka's protocol guide, so that a codec that is wrong in both directions shows.

/** Digits, with texts in quotes. */
const hex = (...rows: readonly string[]): string =>
  rows
    .join('')
    .replaceAll(/"([^"]*)"/g, (_quoted, text: string) => Buffer.from(text).toString('hex'))
    .replaceAll(' ', '')

interface RequestFixture<N extends ApiName> {
  readonly api: N
  readonly version: number
  readonly header: string
  readonly bytes: string
  readonly body: RequestBody<N>
}
interface ResponseFixture<N extends ApiName> {
  readonly api: N
  readonly version: number
  readonly header: string
  readonly bytes: string
  readonly body: Decoded<(typeof apis)[N]['response']>
}

const request = <N extends ApiName>(fixture: RequestFixture<N>) => fixture
const response = <N extends ApiName>(fixture: ResponseFixture<N>) => fixture

const requests = [
  request({
    api: 'ApiVersions',
    version: 0,
    header: hex('0012 0000 00000007 0004 "demo"'),
    bytes: '',
    body: { clientSoftwareName: '', clientSoftwareVersion: '' },
  }),
  request({
    api: 'ApiVersions',
    version: 3,
    header: hex('0012 0003 00000007 0004 "demo" 00'),
    bytes: hex('05 "rust" 04 "1.0" 00'),
    body: { clientSoftwareName: 'rust', clientSoftwareVersion: '1.0' },
  }),
  request({
    api: 'Metadata',
    version: 5,
    header: hex('0003 0005 00000007 0004 "demo"'),
    bytes: hex('00000002 0001 "a" 0002 "bc" 00'),
    body: {
      topics: [{ name: 'a' }, { name: 'bc' }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    },
  }),
  request({
    api: 'JoinGroup',
    version: 5,
    header: hex('000b 0005 00000007 0004 "demo"'),
    bytes: hex('0001 "g" 00007530 0000ea60 0000 ffff 0008 "consumer"', '00000001 0005 "range" 00000002 0001'),
    body: {
      groupId: 'g',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.of(0, 1) }],
    },
  }),
  request({
    api: 'TxnOffsetCommit',
    version: 3,
    header: hex('001c 0003 00000007 0004 "demo" 00'),
    bytes: hex(
      '03 "tx" 02 "g" 0000000000000009 0002 00000003 02 "m" 00',
      '02 02 "a" 02 00000001 000000000000000a ffffffff 00 00 00 00',
    ),
    body: {
      transactionalId: 'tx',
      groupId: 'g',
      producerId: 9n,
      producerEpoch: 2,
      generationId: 3,
      memberId: 'm',
      groupInstanceId: null,
      topics: [
        {
          name: 'a',
          partitions: [{ partitionIndex: 1, committedOffset: 10n, committedLeaderEpoch: -1, committedMetadata: null }],
        },
      ],
    },
  }),
  request({
    api: 'Fetch',
    version: 11,
    header: hex('0001 000b 00000007 0004 "demo"'),
    bytes: hex(
      'ffffffff 000001f4 00000001 00100000 01 00000000 ffffffff',
      '00000001 0001 "a" 00000001 00000002 ffffffff 0000000000000005 ffffffffffffffff 00010000',
      '00000000 0002 "r1"',
    ),
    body: {
      replicaId: -1,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1_048_576,
      isolationLevel: 1,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: 'a',
          partitions: [
            {
              partition: 2,
              currentLeaderEpoch: -1,
              fetchOffset: 5n,
              logStartOffset: -1n,
              partitionMaxBytes: 65_536,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
      rackId: 'r1',
    },
  }),
]

const responses = [
  response({
    api: 'ApiVersions',
    version: 0,
    header: '00000007',
    bytes: hex('0000 00000002 0012 0000 0003 0000 0000 0008'),
    body: {
      errorCode: 0,
      apiKeys: [
        { apiKey: 18, minVersion: 0, maxVersion: 3 },
        { apiKey: 0, minVersion: 0, maxVersion: 8 },
      ],
      throttleTimeMs: 0,
      supportedFeatures: [],
      finalizedFeaturesEpoch: -1n,
      finalizedFeatures: [],
      zkMigrationReady: false,
    },
  }),
  response({
    api: 'ApiVersions',
    version: 3,
    header: '00000007', // the old one, though the body is flexible
    bytes: hex('0000 02 0012 0000 0003 00 00000000', '02', '00 08 02 02 "f" 0001 0002 00', '01 08 0000000000000005'),
    body: {
      errorCode: 0,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }],
      throttleTimeMs: 0,
      supportedFeatures: [{ name: 'f', minVersion: 1, maxVersion: 2 }],
      finalizedFeaturesEpoch: 5n,
      finalizedFeatures: [],
      zkMigrationReady: false,
    },
  }),
  response({
    api: 'Metadata',
    version: 5,
    header: '00000007',
    bytes: hex(
      '00000000 00000001 00000001 0009 "127.0.0.1" 00002384 ffff 0001 "c" 00000001',
      '00000001 0000 0001 "a" 00 00000001 0000 00000002 00000001',
      '00000001 00000001 00000001 00000001 00000000',
    ),
    body: {
      throttleTimeMs: 0,
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092, rack: null }],
      clusterId: 'c',
      controllerId: 1,
      topics: [
        {
          errorCode: 0,
          name: 'a',
          isInternal: false,
          partitions: [
            {
              errorCode: 0,
              partitionIndex: 2,
              leaderId: 1,
              leaderEpoch: -1,
              replicaNodes: [1],
              isrNodes: [1],
              offlineReplicas: [],
            },
          ],
          topicAuthorizedOperations: -2_147_483_648,
        },
      ],
      clusterAuthorizedOperations: -2_147_483_648,
    },
  }),
  response({
    api: 'JoinGroup',
    version: 5,
    header: '00000007',
    bytes: hex('00000000 0000 00000002 0005 "range" 0001 "m" 0001 "m"', '00000001 0001 "m" 0001 "i" 00000001 00'),
    body: {
      throttleTimeMs: 0,
      errorCode: 0,
      generationId: 2,
      protocolName: 'range',
      leader: 'm',
      memberId: 'm',
      members: [{ memberId: 'm', groupInstanceId: 'i', metadata: Buffer.of(0) }],
    },
  }),
  response({
    api: 'TxnOffsetCommit',
    version: 3,
    header: hex('00000007 00'),
    bytes: hex('00000000 02 02 "a" 02 00000001 0019 00 00 00'),
    body: { throttleTimeMs: 0, topics: [{ name: 'a', partitions: [{ partitionIndex: 1, errorCode: 25 }] }] },
  }),
  response({
    api: 'Fetch',
    version: 11,
    header: '00000007',
    bytes: hex(
      '00000000 0000 00000000 00000001 0001 "a"',
      '00000001 00000002 0000 000000000000000a 0000000000000008 0000000000000000',
      '00000001 0000000000000009 0000000000000003 ffffffff 00000003 010203',
    ),
    body: {
      throttleTimeMs: 0,
      errorCode: 0,
      sessionId: 0,
      responses: [
        {
          topic: 'a',
          partitions: [
            {
              partitionIndex: 2,
              errorCode: 0,
              highWatermark: 10n,
              lastStableOffset: 8n,
              logStartOffset: 0n,
              abortedTransactions: [{ producerId: 9n, firstOffset: 3n }],
              preferredReadReplica: -1,
              records: Buffer.of(1, 2, 3),
            },
          ],
        },
      ],
    },
  }),
]

const framed = (header: string, bytes: string): string => {
  const length = Buffer.alloc(4)
  length.writeInt32BE((header.length + bytes.length) / 2)
  return `${length.toString('hex')}${header}${bytes}`
}

describe('bytes written by hand', () => {
  it.each(requests.map((fixture) => [fixture.api, fixture.version, fixture] as const))(
    'are a request of %s %d',
    (_api, version, { api, header, bytes, body }) => {
      const frame = Buffer.from(`${header}${bytes}`, 'hex')
      const { bodyOffset, ...read } = readRequestHeader(frame)
      expect(read).toEqual({ apiKey: apis[api].key, apiVersion: version, correlationId: 7, clientId: 'demo' })
      const table: Message = apis[api].request
      expect(decodeMessage(table, version, frame, bodyOffset)).toEqual(body)
      const written = encodeRequest(api, { apiVersion: version, correlationId: 7, clientId: 'demo' }, body as never)
      expect(written.toString('hex')).toBe(framed(header, bytes))
    },
  )

  it.each(responses.map((fixture) => [fixture.api, fixture.version, fixture] as const))(
    'are an answer of %s %d',
    (_api, version, { api, header, bytes, body }) => {
      const frame = Buffer.from(`${header}${bytes}`, 'hex')
      expect(decodeResponse(api, version, frame)).toEqual({ correlationId: 7, body })
      const written = encodeResponse(apis[api].response, { apiVersion: version, correlationId: 7 }, body as never)
      expect(written.toString('hex')).toBe(framed(header, bytes))
    },
  )

  it('are a TxnOffsetCommit 3 with tagged fields in all places, which nobody has to know', () => {
    const frame = Buffer.from(
      hex(
        '001c 0003 00000007 ffff',
        '01 05 01 ff',
        '03 "tx" 02 "g" 0000000000000009 0002 00000003 02 "m" 02 "i"',
        '02 02 "a" 02 00000001 000000000000000a 00000004 02 "x" 02 00 00 07 02 aabb',
        '01 80 01 00',
        '00',
      ),
      'hex',
    )
    const { bodyOffset, clientId } = readRequestHeader(frame)
    expect(clientId).toBeNull()
    const body = decodeMessage(apis.TxnOffsetCommit.request, 3, frame, bodyOffset)
    expect(body).toMatchObject({ memberId: 'm', groupInstanceId: 'i' })
    expect(body.topics[0]?.partitions).toEqual([
      { partitionIndex: 1, committedOffset: 10n, committedLeaderEpoch: 4, committedMetadata: 'x' },
    ])
  })
})

it('lets a handler leave out what has a default', () => {
  const short: ResponseBody<'TxnOffsetCommit'> = { topics: [] }
  expect(withDefaults(apis.TxnOffsetCommit.response, short)).toEqual({ throttleTimeMs: 0, topics: [] })
})
