import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFrameSplitter, readAnswerHeader, readRequestHeader } from './frame-splitter.js'
import { requestFrame } from './test-support/scripted-kafka.js'

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = [...places.filter((at) => at < bytes.length).toSorted((a, b) => a - b), bytes.length]
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

describe('the frame splitter', () => {
  test('finds every request and loses no byte, however the stream is cut', () => {
    const request = fc.record({
      apiKey: fc.integer({ min: 0, max: 75 }),
      correlationId: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      clientId: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
      bodyBytes: fc.nat(40),
    })
    fc.assert(
      fc.property(fc.array(request), fc.array(fc.nat(300)), (requests, places) => {
        const stream = Buffer.concat(
          requests.map((one) => requestFrame(one.apiKey, one.correlationId, one.clientId, one.bodyBytes)),
        )
        const split = createFrameSplitter(readRequestHeader)
        const pieces = cut(stream, places).flatMap((chunk) => split(chunk))
        expect(Buffer.concat(pieces.map(({ bytes }) => bytes))).toEqual(stream)
        expect(pieces.flatMap(({ header }) => header ?? [])).toEqual(
          requests.map(({ apiKey, correlationId, clientId }) => ({
            correlationId,
            request: { apiKey, version: 2, clientId },
          })),
        )
      }),
    )
  })

  test('forwards the body of a long frame before the frame is whole', () => {
    const frame = requestFrame(0, 1, 'c', 1000)
    const split = createFrameSplitter(readRequestHeader)
    expect(split(frame.subarray(0, 100)).map(({ bytes }) => bytes.length)).toEqual([100])
    expect(split(frame.subarray(100, 300)).map(({ bytes, header }) => [bytes.length, header])).toEqual([
      [200, undefined],
    ])
  })

  test.each([
    ['a size below a header', Buffer.from([0, 0, 0, 1, 9, 9, 9, 9])],
    ['a negative size', Buffer.from([255, 255, 255, 255, 9])],
    ['a size above any frame', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a client id that is longer than its frame', Buffer.from([0, 0, 0, 10, 0, 3, 0, 1, 0, 0, 0, 1, 0, 9])],
  ])('passes on what is no Kafka, and all that follows: %s', (_what, bytes) => {
    const split = createFrameSplitter(readRequestHeader)
    const pieces = [...split(bytes), ...split(requestFrame(3, 1, 'c'))]
    expect(Buffer.concat(pieces.map((piece) => piece.bytes))).toEqual(Buffer.concat([bytes, requestFrame(3, 1, 'c')]))
    expect(pieces.every(({ header }) => header === undefined)).toBe(true)
  })

  test('an answer is known by its correlation id, with four bytes as well', () => {
    const split = createFrameSplitter(readAnswerHeader)
    expect(split(Buffer.from([0, 0, 0, 4, 0, 0, 0, 7])).map(({ header }) => header?.correlationId)).toEqual([7])
  })
})
