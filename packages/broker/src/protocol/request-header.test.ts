import { describe, expect, it } from 'vitest'
import { apis } from './apis.js'
import { decodeResponse, encodeRequest, encodeResponse } from './frame.js'
import { MalformedRequest } from './malformed-request.js'
import { readRequestHeader } from './request-header.js'

const frame = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('request headers', () => {
  it.each([
    ['a rigid version has a client id', '0001 000b 00000005 0001 63', { apiKey: 1, clientId: 'c', bodyOffset: 11 }],
    ['the client id may be null', '0001 000b 00000005 ffff', { clientId: null, bodyOffset: 10 }],
    ['an empty client id is not a null one', '0001 000b 00000005 0000', { clientId: '', bodyOffset: 10 }],
    ['a flexible version has tagged fields behind it', '0012 0003 00000005 0001 63 01 00 01 ff', { bodyOffset: 15 }],
    [
      'an ApiVersions of the future is read as flexible',
      '0012 0063 00000005 0001 63 00',
      { apiVersion: 99, bodyOffset: 12 },
    ],
    ['an unknown API is read as far as it goes', '03e7 0000 00000005 0001 63', { apiKey: 999, correlationId: 5 }],
  ])('%s', (_behaviour, hex, header) => {
    expect(readRequestHeader(frame(hex))).toMatchObject(header)
  })

  it.each([
    ['nothing', ''],
    ['less than a header', '0001 000b 0000'],
    ['a client id that is longer than the frame', '0001 000b 00000005 0004 63'],
    ['a flexible header without its tags', '0012 0003 00000005 0001 63'],
  ])('%s is malformed', (_what, hex) => {
    expect(() => readRequestHeader(frame(hex))).toThrow(MalformedRequest)
  })

  it('does not write a client id that nobody can read', () => {
    const header = { apiVersion: 0, correlationId: 1, clientId: 'x'.repeat(40_000) }
    expect(() => encodeRequest('ListGroups', header, {})).toThrow(RangeError)
  })

  it('reads tagged fields of an answer, whoever sent them', () => {
    const bytes = frame('00000007 01 03 01 ff 00000000 0000 00 00')
    expect(decodeResponse('EndTxn', 3, bytes)).toMatchObject({ correlationId: 7, body: { errorCode: 0 } })
  })

  it('writes answers of any API without knowing its name', () => {
    const { response } = apis.Heartbeat
    expect(encodeResponse(response, { apiVersion: 0, correlationId: 1 }, { errorCode: 27 }).toString('hex')).toBe(
      '0000000600000001001b',
    )
  })
})
