import {
  apiVersionsResponse,
  type Decoded,
  fetchResponse,
  joinGroupResponse,
  listGroupsResponse,
  type Message,
  metadataResponse,
  withDefaults,
} from '@millrace/broker/protocol'
import { describe, expect, it } from 'vitest'
import { buildBatch } from './build-batch.js'
import { createReadable } from './readable-answer.js'

const nowMs = 1_800_000_000_000
const uuid = '123e4567-e89b-12d3-a456-426614174000'
const other = uuid.replace('1', '9')

const setup = () =>
  createReadable({
    nowMs,
    prefix: 'my-script--',
    ownerOf: (name) => (name.startsWith('my-') ? 'this script' : name.includes('--') ? 'another' : 'nobody'),
  })

const member = (memberId: string) => ({ memberId, metadata: Buffer.from('m') })
const joined = (leader: string, memberId: string, members: string[]) =>
  withDefaults(joinGroupResponse, {
    errorCode: 0,
    protocolName: 'range',
    leader,
    memberId,
    members: members.map(member),
  })

describe('a readable answer', () => {
  it('numbers ids by their appearance, and keeps what stands before them', () => {
    const readable = setup()
    const first = readable.body(joinGroupResponse, 5, joined(`b-${other}`, `a-${uuid}`, [`b-${other}`, `a-${uuid}`]))
    expect(first).toMatchObject({ leader: 'b-<uuid 1>', memberId: 'a-<uuid 2>' })
    expect(first).toMatchObject({ members: [{ memberId: 'a-<uuid 2>' }, { memberId: 'b-<uuid 1>' }] })
    expect(readable.body(joinGroupResponse, 5, joined('', `a-${uuid}`, []))).toMatchObject({ memberId: 'a-<uuid 2>' })
  })

  it('has only the fields of its version', () => {
    const fields = (version: number) =>
      Object.keys(setup().body(joinGroupResponse, version, joined('', '', ['x'])) ?? {})
    expect(fields(0)).toEqual(['errorCode', 'generationId', 'protocolName', 'leader', 'memberId', 'members'])
    expect(setup().body(joinGroupResponse, 4, joined('', '', ['x']))).toMatchObject({
      members: [{ memberId: 'x', metadata: 'm' }],
    })
    expect(setup().body(joinGroupResponse, 5, joined('', '', ['x']))).toMatchObject({
      members: [{ memberId: 'x', groupInstanceId: null, metadata: 'm' }],
    })
  })

  it('leaves out groups and topics of other scripts, and the prefix of its own', () => {
    const groups = ['my-script--g', 'your-script--g', ''].map((groupId) => ({ groupId, protocolType: '' }))
    const listed = withDefaults(listGroupsResponse, { errorCode: 0, groups })
    expect(setup().body(listGroupsResponse, 2, listed)).toEqual({
      errorCode: 0,
      groups: [{ groupId: 'g', protocolType: '' }],
    })
  })

  it('hides ports and cluster ids, and no errors', () => {
    const body = withDefaults(metadataResponse, {
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9 }],
      clusterId: 'abc',
      topics: [{ errorCode: 3, name: 'my-script--t', partitions: [] }],
    })
    expect(setup().body(metadataResponse, 2, body)).toMatchObject({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: '<port>' }],
      clusterId: '<id>',
      topics: [{ errorCode: 3, name: 't' }],
    })
  })

  it('shows offered versions by key', () => {
    const body = withDefaults(apiVersionsResponse, {
      errorCode: 0,
      apiKeys: [{ apiKey: 1, minVersion: 4, maxVersion: 11 }],
    })
    expect(setup().body(apiVersionsResponse, 0, body)).toEqual({ errorCode: 0, apiKeys: { 1: '4-11' } })
  })

  it('shows records field by field, times of now as such, and bytes of a batch that was cut', () => {
    const batch = buildBatch({
      pid: 4711n,
      records: [{ key: 'k', value: 'v', timestamp: nowMs }, { timestamp: nowMs + 7 }],
    })
    const records = Buffer.concat([batch, batch.subarray(0, 30)])
    const body: Decoded<typeof fetchResponse> = withDefaults(fetchResponse, {
      errorCode: 0,
      responses: [
        {
          topic: 't',
          partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 2n, abortedTransactions: null, records }],
        },
      ],
    })
    const partition = {
      highWatermark: 2,
      records: [
        {
          size: batch.length,
          crc: 'right',
          baseTimestamp: '<now>',
          maxTimestamp: '<now>',
          producerId: '<pid 1>',
          records: ['0 at +0: k=v', '1 at +7: null=v'],
        },
        { cutAfter: 30 },
      ],
    }
    expect(setup().body(fetchResponse, 11, body)).toMatchObject({ responses: [{ partitions: [partition] }] })
  })

  it('tells a wrong checksum', () => {
    const message: Message = fetchResponse
    const partition = {
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 1n,
      abortedTransactions: null,
      records: buildBatch({ crc: 1 }),
    }
    const body = withDefaults(fetchResponse, { errorCode: 0, responses: [{ topic: 't', partitions: [partition] }] })
    expect(JSON.stringify(setup().body(message, 11, body))).toContain('"crc":"wrong"')
  })
})
