import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeTopicIds, encodeTopicIdsRequest, topicIdsRequest } from './topic-ids-request.js'
import { WireFault } from './wire-fault.js'

const ID = '00112233445566778899aabbccddeeff'
const text = (value: string): string =>
  (value.length + 1).toString(16).padStart(2, '0') + Buffer.from(value).toString('hex')
const partition = ['0000', '00000000', '00000001', '00000000', '0200000001', '0200000001', '01', '00'].join('')

/** Kafka's own layout of Metadata 10: one node, a topic with one partition, and one that is not there. */
const answer = Buffer.from(
  [
    ...['00', '00000000'],
    ...['02', '00000001', text('127.0.0.1'), '00002384', '00', '00'],
    ...[text('cluster'), '00000001'],
    '03',
    ...['0000', text('orders'), ID, '00', '02', partition, '80000000', '00'],
    ...['0003', text('gone'), '0'.repeat(32), '00', '01', '80000000', '00'],
    ...['80000000', '00'],
  ].join(''),
  'hex',
)

it('asks for topics by name, and creates none', () => {
  expect(encodeTopicIdsRequest(['orders']).toString('hex')).toBe(
    ['00', '02', '0'.repeat(32), text('orders'), '00', '00', '00', '00', '00'].join(''),
  )
})

it('writes the length of a long name in two bytes', () => {
  const name = 'n'.repeat(200)
  expect(encodeTopicIdsRequest([name]).subarray(18, 20)).toEqual(Buffer.from([0xc9, 0x01]))
})

it('reads the ids of the topics that are there', () => {
  expect(decodeTopicIds(answer)).toEqual(new Map([['orders', ID]]))
})

it('throws nothing but a fault of the wire, whatever is cut or changed', () => {
  const changed = fc.tuple(fc.nat(answer.length - 1), fc.nat(255), fc.nat(answer.length))
  fc.assert(
    fc.property(changed, ([at, byte, end]) => {
      const bytes = Buffer.from(answer)
      bytes[at] = byte
      try {
        decodeTopicIds(bytes.subarray(0, end))
      } catch (fault) {
        expect(fault).toBeInstanceOf(WireFault)
      }
    }),
    { numRuns: 500 },
  )
})

it('refuses a broker that is too old to know ids', () => {
  expect(() => topicIdsRequest.protocol({ version: 9 })([] as never)).toThrow(WireFault)
})
