import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage } from './decode-message.js'
import { encodeMessage } from './encode-message.js'
import { MalformedRequest } from './malformed-request.js'
import { messageLayout } from './message-layout.js'
import * as tables from './messages/index.js'
import { type Encodable, type Fields, type Message, message } from './schema.js'
import { randomMessage } from './test-support/random-message.js'
import { withDefaults } from './with-defaults.js'

type AnyBody = Encodable<Message>

/** What none of Kafka's tables here has, or has only in versions that are not spoken. */
const oddities = message({
  name: 'Oddities',
  apiKey: null,
  type: 'data',
  validVersions: [0, 2],
  flexibleVersions: 1,
  fields: {
    small: { type: 'uint16' },
    wide: { type: 'uint32' },
    ratio: { type: 'float64' },
    id: { type: 'uuid' },
    flags: { type: '[]bool', nullableVersions: '1+' },
    names: { type: '[]string' },
    oldName: { type: 'string', versions: '0-1', flexibleVersions: 'none' },
    inner: { type: 'struct', fields: { code: { type: 'int8' } } },
    maybe: { type: 'struct', nullableVersions: '0+', default: null, fields: { code: { type: 'int16', default: 3 } } },
    late: {
      type: 'struct',
      versions: '1+',
      taggedVersions: '1+',
      tag: 9,
      fields: { epoch: { type: 'int32', default: -1 }, ids: { type: '[]int64' } },
    },
    early: { type: 'bytes', versions: '1+', taggedVersions: '2+', tag: 0 },
    note: { type: 'string', versions: '1+', nullableVersions: '1+', taggedVersions: '1+', tag: 3, default: null },
  },
})

const spoken = [...Object.values<Message>(tables), oddities].flatMap((table: Message) => {
  const [first, last] = table.validVersions
  return Array.from({ length: last - first + 1 }, (_, index) => [table.name, first + index, table] as const)
})

/** ApiVersions 0 and the like have no bytes that could be cut. */
const spokenWithFields = spoken.filter(([, version, table]) => messageLayout(table, version).minBytes > 0)

describe('the codec, for every message and version', () => {
  it.each(spoken)('reads any %s %d as it was written, and ignores what follows', (_name, version, table) => {
    fc.assert(
      fc.property(randomMessage(table, version), fc.uint8Array({ maxLength: 4 }), (body, leftover) => {
        const bytes = encodeMessage(table, version, body as AnyBody)
        const decoded = decodeMessage(table, version, Buffer.concat([bytes, leftover]))
        expect(decoded).toEqual(withDefaults(table, body as AnyBody))
        expect(encodeMessage(table, version, decoded).equals(bytes)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it.each(spokenWithFields)('refuses a %s %d that is cut anywhere', (_name, version, table) => {
    fc.assert(
      fc.property(randomMessage(table, version), fc.nat(), (body, at) => {
        const bytes = encodeMessage(table, version, body as AnyBody)
        const cut = bytes.subarray(0, at % bytes.length)
        expect(() => decodeMessage(table, version, cut)).toThrow(MalformedRequest)
      }),
      { numRuns: 10 },
    )
  })

  it.each(spoken)('reads or refuses any bytes as a %s %d, and throws nothing else', (_name, version, table) => {
    fc.assert(
      fc.property(randomMessage(table, version), fc.nat(), fc.integer({ min: 0, max: 255 }), (body, at, byte) => {
        const bytes = encodeMessage(table, version, body as AnyBody)
        if (bytes.length > 0) bytes[at % bytes.length] = byte
        try {
          decodeMessage(table, version, bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRequest)
        }
      }),
      { numRuns: 10 },
    )
  })
})

const hexOf = <F extends Fields>(table: Message<F>, version: number, body: Encodable<Message<F>>): string =>
  encodeMessage(table, version, body).toString('hex')

const full = {
  small: 1,
  wide: 2,
  ratio: 0,
  id: 'AAAAAAAAAAAAAAAAAAAAAQ',
  flags: [true],
  names: ['a'],
  oldName: 'b',
  inner: { code: 5 },
}
const start = '0001' + '00000002' + '0000000000000000' + '00000000000000000000000000000001'

describe('the rules of the format', () => {
  it.each([
    ['version 0 is rigid, a null struct is -1', 0, {}, '0000000101' + '00000001000161' + '000162' + '05' + 'ff'],
    [
      'a struct that may be null is announced',
      0,
      { maybe: {} },
      '0000000101' + '00000001000161' + '000162' + '05' + '010003',
    ],
    [
      'a flexible version is compact, ends each struct with tags, and a field may opt out',
      1,
      {},
      '0201' + '020261' + '000162' + '0500' + 'ff' + '01' + '00',
    ],
    [
      'tagged fields stand in the order of their tags',
      2,
      { late: { epoch: 1, ids: [] }, early: Buffer.from('x'), note: 'n' },
      '0201' + '020261' + '0500' + 'ff' + '03' + '00020278' + '0302026e' + '0906' + '00000001' + '01' + '00',
    ],
    [
      'tagged fields that say nothing are left out',
      2,
      { late: { epoch: -1, ids: [] }, early: Buffer.alloc(0), note: null },
      '0201' + '020261' + '0500' + 'ff' + '00',
    ],
    ['an empty text is not a null one', 2, { note: '' }, '0201' + '020261' + '0500' + 'ff' + '01' + '030101'],
  ])('%s', (_rule, version, more, hex) => {
    const body = { ...full, ...more }
    expect(hexOf(oddities, version, body)).toBe(start + hex)
  })

  it('writes null arrays as -1, or as 0 where counts are compact', () => {
    const topics = null
    expect(hexOf(tables.metadataRequest, 1, { topics })).toBe('ffffffff')
    expect(hexOf(tables.offsetFetchRequest, 6, { groupId: 'g', topics })).toBe('0267' + '00' + '00')
  })

  it.each([
    ['a null that the version does not allow', () => encodeMessage(tables.metadataRequest, 0, { topics: null })],
    ['a field that is missing', () => encodeMessage(oddities, 1, { ...full, names: undefined } as never)],
    ['a uuid of another length', () => encodeMessage(oddities, 1, { ...full, id: 'AAAA' })],
  ])('does not write %s', (_what, write) => {
    expect(write).toThrow(TypeError)
  })

  it.each([
    [
      'a string of more than 32,767 bytes',
      () => encodeMessage(tables.listGroupsResponse, 0, groupNamed('ä'.repeat(16_384))),
    ],
    ['a number that does not fit', () => encodeMessage(oddities, 1, { ...full, small: 65_536 })],
    ['a version that is not spoken', () => encodeMessage(oddities, 3, full)],
    [
      'a version below the spoken ones',
      () => encodeMessage(tables.fetchRequest, 3, { maxWaitMs: 0, minBytes: 0, topics: [] }),
    ],
  ])('does not write %s either', (_what, write) => {
    expect(write).toThrow(RangeError)
  })

  const groupNamed = (groupId: string) => ({ errorCode: 0, groups: [{ groupId, protocolType: '' }] })

  it('writes the longest string and reads it', () => {
    const body = groupNamed('x'.repeat(0x7fff))
    const bytes = encodeMessage(tables.listGroupsResponse, 0, body)
    expect(decodeMessage(tables.listGroupsResponse, 0, bytes).groups).toMatchObject(body.groups)
  })
})

describe('what a reader does not trust', () => {
  it.each([
    ['a length of bytes that the rest cannot hold', tables.saslAuthenticateRequest, 0, '7fffffff' + '00'],
    ['a length of a string that the rest cannot hold', tables.heartbeatRequest, 0, '7fff' + '61'],
    ['null where nothing may be null', tables.heartbeatRequest, 0, 'ffff'],
    ['a null array where it may not be', tables.metadataRequest, 0, 'ffffffff'],
    ['a compact string above the limit', tables.offsetFetchRequest, 6, '818002' + '61'.repeat(0x8000) + '00' + '00'],
    ['a tagged field that is longer than the rest', tables.apiVersionsRequest, 3, '0101' + '01' + '05ff01' + '00'],
    [
      'a known tagged field that is longer than it says',
      oddities,
      2,
      start + '0101' + '0500' + 'ff' + '01' + '03020461' + '6262',
    ],
  ])('refuses %s', (_what, table: Message, version, hex) => {
    expect(() => decodeMessage(table, version, Buffer.from(hex, 'hex'))).toThrow(MalformedRequest)
  })

  it.each([
    ['a count', tables.metadataRequest, 1, '7fffffff' + '0000'],
    ['a compact count', tables.offsetFetchRequest, 7, '0267' + 'ffffffff0f' + '00'],
    ['a count of strings that is too high by one', tables.deleteGroupsRequest, 0, '00000003' + '00000000'],
    [
      'a count of structs that is too high by one',
      tables.joinGroupRequest,
      0,
      `${'00'.repeat(10)}00000002${'00'.repeat(11)}`,
    ],
  ])('holds %s against what is left before it reads an element', (_what, table: Message, version, hex) => {
    expect(() => decodeMessage(table, version, Buffer.from(hex, 'hex'))).toThrow(/announces \d+ elements/)
  })

  it('refuses a frame that is full of the smallest elements before it makes them', () => {
    const frame = Buffer.alloc(4 + 2 * 1_000_001)
    frame.writeInt32BE(1_000_000)
    expect(decodeMessage(tables.metadataRequest, 1, frame).topics).toHaveLength(1_000_000)
    frame.writeInt32BE(1_000_001)
    expect(() => decodeMessage(tables.metadataRequest, 1, frame)).toThrow(MalformedRequest)
  })

  it('passes over tags that it does not know, and what a known one has too much', () => {
    const hex = start + '0101' + '0500' + 'ff' + '02' + '0303026eff' + '7f02aabb'
    expect(decodeMessage(oddities, 2, Buffer.from(hex, 'hex'))).toMatchObject({
      note: 'n',
      late: { epoch: -1, ids: [] },
    })
  })

  it('gives every reader arrays of its own where a version has none', () => {
    const [one, other] = [0, 0].map((version) => decodeMessage(oddities, version, encodeMessage(oddities, 0, full)))
    one?.late.ids.push(1n)
    expect(other?.late.ids).toEqual([])
  })

  it('copies no bytes: what it returns lies in the frame', () => {
    const frame = Buffer.from('00000003010203', 'hex')
    const { authBytes } = decodeMessage(tables.saslAuthenticateRequest, 0, frame)
    frame[4] = 9
    expect([...authBytes]).toEqual([9, 2, 3])
  })
})
