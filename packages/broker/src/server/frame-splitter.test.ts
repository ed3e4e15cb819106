import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrameSplitter } from './frame-splitter.js'
import { framed } from './test-support/raw-client.js'

const limit = 1000
const frame = (text: string): Buffer => framed(Buffer.from(text))

function split(chunks: readonly Buffer[], maxFrameBytes = limit): string[] {
  const splitter = createFrameSplitter(maxFrameBytes)
  const found: string[] = []
  for (const chunk of chunks) {
    splitter.push(chunk)
    for (let next = splitter.next(); next !== undefined; next = splitter.next()) {
      found.push(String(next))
      if (next === 'malformed') return found
    }
  }
  return found
}

describe('frame splitter', () => {
  it.each<[string, Buffer[], string[]]>([
    ['hands out a frame without its length', [frame('abc')], ['abc']],
    ['hands out what came together one by one', [Buffer.concat([frame('a'), frame('b')])], ['a', 'b']],
    ['waits for the rest of half a frame', [frame('abcdef').subarray(0, 7)], []],
    ['waits for the rest of a length', [frame('abc').subarray(0, 3)], []],
    ['puts a frame together that came in pieces', [frame('abc').subarray(0, 2), frame('abc').subarray(2)], ['abc']],
    ['calls a length of nothing malformed', [Buffer.alloc(4)], ['malformed']],
    ['calls a negative length malformed', [framed(Buffer.alloc(0), -1)], ['malformed']],
    [
      'calls a length above the limit malformed before the bytes arrive',
      [framed(Buffer.alloc(0), limit + 1)],
      ['malformed'],
    ],
    ['takes a length at the limit', [framed(Buffer.alloc(limit, 'x'))], ['x'.repeat(limit)]],
  ])('%s', (_behaviour, chunks, expected) => {
    expect(split(chunks)).toEqual(expected)
  })

  it('hands out the same frames however the bytes were sliced', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 12 })
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(sizes, cuts, (frameSizes, steps) => {
        const texts = frameSizes.map((size, index) => String.fromCharCode(97 + (index % 26)).repeat(size))
        const bytes = Buffer.concat(texts.map(frame))
        const chunks: Buffer[] = []
        for (let at = 0, step = 0; at < bytes.length; step += 1) {
          const next = at + (steps[step % steps.length] ?? 1)
          chunks.push(Buffer.from(bytes.subarray(at, next)))
          at = next
        }
        expect(split(chunks)).toEqual(texts)
      }),
    )
  })

  it('leaves frames that were handed out as they are when more arrives', () => {
    const splitter = createFrameSplitter(limit)
    splitter.push(frame('first').subarray(0, 6))
    splitter.push(Buffer.concat([frame('first').subarray(6), frame('second').subarray(0, 5)]))
    const first = splitter.next()
    splitter.push(frame('second').subarray(5))
    expect([String(first), String(splitter.next())]).toEqual(['first', 'second'])
  })

  it('does not write into the chunks that it was given', () => {
    const splitter = createFrameSplitter(limit)
    const chunk = Buffer.concat([frame('a'), frame('bb').subarray(0, 5), Buffer.from('untouched')])
    splitter.push(chunk.subarray(0, 10))
    splitter.next()
    splitter.push(Buffer.from('b'))
    expect(String(splitter.next())).toBe('bb')
    expect(chunk.subarray(10).toString()).toBe('untouched')
  })

  it('says how many bytes it keeps', () => {
    const splitter = createFrameSplitter(limit)
    splitter.push(Buffer.concat([frame('abc'), Buffer.alloc(2)]))
    expect(splitter.bufferedBytes).toBe(9)
    splitter.next()
    expect(splitter.bufferedBytes).toBe(2)
  })
})
