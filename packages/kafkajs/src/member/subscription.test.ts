import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { encodeClaim } from './ownership-claim.js'
import { decodeSubscription } from './subscription.js'

const { MemberMetadata } = kafkajs.AssignerProtocol
const claim = { generation: 3, partitions: new Map([['orders', [0, 2]]]) }
const encode = (userData: Buffer): Buffer =>
  MemberMetadata.encode({ version: 0, topics: ['orders', 'refunds'], userData })

describe('the subscription of a member', () => {
  it('has its topics and what it claims', () => {
    expect(decodeSubscription(encode(encodeClaim(claim)))).toEqual({ topics: ['orders', 'refunds'], claim })
  })

  it('of a plain kafkajs has its topics', () => {
    expect(decodeSubscription(encode(Buffer.alloc(0)))).toEqual({ topics: ['orders', 'refunds'] })
  })

  it('of a later version, with user data of its own and fields behind it, has its topics', () => {
    const later = Buffer.concat([encode(Buffer.from('java sticky')), Buffer.alloc(9)])
    expect(decodeSubscription(later)).toEqual({ topics: ['orders', 'refunds'] })
  })

  it('without user data has its topics', () => {
    const metadata = encode(Buffer.alloc(0))
    const none = Buffer.from(metadata)
    none.writeInt32BE(-1, metadata.length - 4)
    expect(decodeSubscription(none)).toEqual({ topics: ['orders', 'refunds'] })
    expect(decodeSubscription(metadata.subarray(0, -4))).toEqual({ topics: ['orders', 'refunds'] })
  })

  it('that can not be read wants nothing', () => {
    const whole = encode(encodeClaim(claim))
    expect([Buffer.alloc(0), whole.subarray(0, 9), whole.subarray(0, -1)].map(decodeSubscription)).toEqual([
      { topics: [] },
      { topics: [] },
      { topics: [] },
    ])
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void decodeSubscription(Buffer.from(bytes))))
  })
})
