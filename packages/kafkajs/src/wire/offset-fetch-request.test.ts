import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOffsetFetch, encodeOffsetFetch, offsetFetchRequest } from './offset-fetch-request.js'
import { WireFault } from './wire-fault.js'

const text = (value: string): string =>
  (value.length + 1).toString(16).padStart(2, '0') + Buffer.from(value).toString('hex')
const partition = (number: string, offset: string, metadata: string, error: string): string =>
  [number, offset, 'ffffffff', metadata, error, '00'].join('')

/** Kafka's own layout of the answer: two topics, one of them with a tagged field; the last partition is held by a transaction. */
const answer = Buffer.from(
  [
    ...['00', '00000000', '03'],
    ...[text('orders'), '03'],
    partition('00000000', '002000000000000f', text(''), '0000'),
    partition('00000001', 'ffffffffffffffff', '00', '0000'),
    ...['01', '05', '02', 'cafe'],
    ...[text('bills'), '02'],
    partition('00000007', 'ffffffffffffffff', text('x'), '0058'),
    '00',
    ...['0000', '00'],
  ].join(''),
  'hex',
)

describe('a request', () => {
  it('names the partitions by topic, and that their offsets have to be stable', () => {
    const partitions = [
      { topic: 'orders', partition: 0 },
      { topic: 'bills', partition: 7 },
      { topic: 'orders', partition: 258 },
    ]
    const expected = [
      ...['00', text('billing'), '03'],
      ...[text('orders'), '03', '00000000', '00000102', '00'],
      ...[text('bills'), '02', '00000007', '00'],
    ].join('')
    const encode = (requireStable: boolean): string =>
      encodeOffsetFetch({ group: 'billing', partitions, requireStable }).toString('hex')
    expect(encode(true)).toBe(`${expected}0100`)
    expect(encode(false)).toBe(`${expected}0000`)
  })

  it('asks for nothing rather than for everything when no partition is named', () => {
    const bytes = encodeOffsetFetch({ group: 'g', partitions: [], requireStable: true })
    expect(bytes.toString('hex')).toBe(`00${text('g')}010100`)
  })

  it('is OffsetFetch 7 and no other', () => {
    const question = { group: 'g', partitions: [{ topic: 't', partition: 1 }], requireStable: true }
    const request = offsetFetchRequest(question)
    expect(request).toMatchObject({ apiKey: 9, versions: [7] })
    expect(request.encode()).toEqual(encodeOffsetFetch(question))
  })
})

describe('an answer', () => {
  it('holds an offset, none, or an error for each partition, beyond 2^53 exact', () => {
    expect(decodeOffsetFetch(answer)).toEqual({
      errorCode: 0,
      partitions: [
        { topic: 'orders', partition: 0, errorCode: 0, offset: 0x20_0000_0000_000fn },
        { topic: 'orders', partition: 1, errorCode: 0, offset: -1n },
        { topic: 'bills', partition: 7, errorCode: 88, offset: -1n },
      ],
    })
  })

  it('may be an error of the group', () => {
    expect(decodeOffsetFetch(Buffer.from('000000000001001000', 'hex'))).toEqual({ errorCode: 16, partitions: [] })
  })

  it('throws nothing but a fault of the wire, whatever is cut or changed', () => {
    const changed = fc.tuple(fc.nat(answer.length - 1), fc.nat(255), fc.nat(answer.length))
    fc.assert(
      fc.property(changed, ([at, byte, end]) => {
        const bytes = Buffer.from(answer)
        bytes[at] = byte
        try {
          decodeOffsetFetch(bytes.subarray(0, end))
        } catch (fault) {
          expect(fault).toBeInstanceOf(WireFault)
        }
      }),
      { numRuns: 500 },
    )
  })
})
