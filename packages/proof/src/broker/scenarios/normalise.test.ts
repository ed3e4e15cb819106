import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createNormaliser } from './normalise.js'

describe('createNormaliser', () => {
  it('names ids by the order in which they appear, and keeps to the names', () => {
    const normalise = createNormaliser()
    const [one, two] = [randomUUID(), randomUUID()]
    expect(normalise({ leader: `app-${two}`, members: [`app-${one}`, `app-${two}`] })).toEqual({
      leader: 'app-id1',
      members: ['app-id2', 'app-id1'],
    })
    expect(normalise(one)).toBe('id2')
  })

  it('takes times of today for now, and keeps all others', () => {
    const normalise = createNormaliser()
    const times = { timestamp: BigInt(Date.now()), logAppendTime: String(Date.now()) }
    expect(normalise(times)).toEqual({ timestamp: 'now', logAppendTime: 'now' })
    const others = { timestamp: 1000, logAppendTime: '-1', offset: Date.now() }
    expect(normalise(others)).toEqual(others)
  })

  it('hides what a machine chooses, but not that it is there', () => {
    const normalise = createNormaliser()
    expect(normalise({ host: '127.0.0.1:40123', port: 40_123 })).toEqual({ host: 'broker', port: 'some' })
    expect(normalise({ port: null })).toEqual({ port: null })
  })

  it('shows bytes as text where they are text, and tells all others apart', () => {
    const normalise = createNormaliser()
    expect(normalise(Buffer.from('größe'))).toBe('größe')
    expect(normalise(Buffer.from([0xc3, 0x28]))).toBe('0xc328')
    const [long, other] = [Buffer.alloc(200), Buffer.alloc(201)]
    expect(normalise(long)).not.toBe(normalise(other))
    expect(normalise(Buffer.alloc(200, 'a'))).not.toBe(
      normalise(Buffer.concat([Buffer.alloc(199, 'a'), Buffer.from('b')])),
    )
  })

  it('keeps null, empty and absent apart in lists', () => {
    const normalise = createNormaliser()
    expect(normalise([null, '', Buffer.alloc(0), [], undefined])).toEqual([null, '', '', [], null])
  })
})
