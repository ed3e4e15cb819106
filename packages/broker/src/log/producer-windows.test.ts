import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  judgeBatch,
  type NextBatch,
  type ProducerWindow,
  rememberedBatches,
  withBatch,
  withMarker,
} from './producer-windows.js'

const batch = (baseSequence: number, count = 1, producerEpoch = 0): NextBatch => ({
  producerEpoch,
  baseSequence,
  lastOffsetDelta: count - 1,
})

/** A window after these batches, each as long as it says. */
function after(...batches: NextBatch[]): ProducerWindow | undefined {
  let window: ProducerWindow | undefined
  for (const [index, each] of batches.entries()) {
    window = withBatch(window, each, { baseOffset: BigInt(100 * index), maxTimestamp: BigInt(index) }, 0)
  }
  return window
}

const six = after(batch(0, 10), batch(10, 10), batch(20, 10), batch(30, 10), batch(40, 10), batch(50, 10))
const last = 2 ** 31 - 1

const next = { kind: 'next' }
const outOfOrder = { kind: 'refused', errorCode: 45 }
const fenced = { kind: 'refused', errorCode: 47 }
const repeated = (baseOffset: bigint) => ({ kind: 'repeated', as: expect.objectContaining({ baseOffset }) as unknown })

describe('judgeBatch', () => {
  it.each([
    // behaviour                                                  window             batch            verdict
    ['takes any first sequence of an unknown producer', undefined, batch(77), next],
    ['takes the next sequence', six, batch(60), next],
    ['answers the batch before again', six, batch(50, 10), repeated(500n)],
    ['answers the fifth before again', six, batch(10, 10), repeated(100n)],
    ['refuses the sixth before as out of order, not as a duplicate', six, batch(0, 10), outOfOrder],
    ['refuses a gap', six, batch(61), outOfOrder],
    ['refuses a part of a batch', six, batch(50, 5), outOfOrder],
    ['refuses the end of a batch', six, batch(55, 5), outOfOrder],
    ['refuses an overlap with something new', six, batch(50, 20), outOfOrder],
    ['refuses the same start in another epoch', six, batch(50, 10, 1), outOfOrder],
    ['refuses a lower epoch', after(batch(0, 1, 3)), batch(1, 1, 2), fenced],
    ['refuses a repetition of a lower epoch', after(batch(0, 1, 3)), batch(0, 1, 2), fenced],
    ['takes 0 in a higher epoch', six, batch(0, 1, 1), next],
    ['refuses anything but 0 in a higher epoch', six, batch(60, 1, 1), outOfOrder],
    ['follows the highest sequence with 0', after(batch(last - 1, 2)), batch(0), next],
    ['refuses 1 after the highest sequence', after(batch(last - 1, 2)), batch(1), outOfOrder],
    ['goes on inside a batch that wrapped', after(batch(last, 3)), batch(2), next],
    ['answers a batch that wrapped again', after(batch(last, 3)), batch(last, 3), repeated(0n)],
    ['goes on across a marker of the same epoch', withMarker(six, 0, 0), batch(60), next],
    ['answers again what stood before a marker', withMarker(six, 0, 0), batch(50, 10), repeated(500n)],
    ['begins at 0 after a marker of a newer epoch', withMarker(six, 1, 0), batch(0, 1, 1), next],
    ['refuses to go on after a marker of a newer epoch', withMarker(six, 1, 0), batch(60, 1, 1), outOfOrder],
    ['refuses the old epoch after a marker of a newer one', withMarker(six, 1, 0), batch(60), fenced],
    ['begins at 0 after a marker where nothing was written', withMarker(undefined, 0, 0), batch(0), next],
    ['refuses another beginning there', withMarker(undefined, 0, 0), batch(5), outOfOrder],
  ])('%s', (_behaviour, window, asked, verdict) => {
    expect(judgeBatch(window, asked)).toEqual(verdict)
  })

  it('accepts, of any retries and gaps, exactly the next one, and remembers exactly five', () => {
    const step = fc.record({ back: fc.nat(8), skip: fc.nat(3), count: fc.integer({ min: 1, max: 5 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const written: { first: number; count: number; baseOffset: bigint }[] = []
        let window: ProducerWindow | undefined
        let offset = 0n
        for (const { back, skip, count } of steps) {
          const end = written.at(-1) === undefined ? 0 : (written.at(-1)?.first ?? 0) + (written.at(-1)?.count ?? 0)
          const old = back === 0 ? undefined : written.at(-back)
          const asked = old === undefined ? batch(end + skip, count) : batch(old.first, old.count)
          const verdict = judgeBatch(window, asked)
          if (old !== undefined) {
            expect(verdict).toEqual(back <= rememberedBatches ? repeated(old.baseOffset) : outOfOrder)
          } else if (skip > 0 && window !== undefined) {
            expect(verdict).toEqual(outOfOrder)
          } else {
            expect(verdict).toEqual(next)
            window = withBatch(window, asked, { baseOffset: offset, maxTimestamp: 0n }, 0)
            written.push({ first: asked.baseSequence, count, baseOffset: offset })
            offset += BigInt(count)
          }
        }
        expect(window?.batches.length ?? 0).toBe(Math.min(rememberedBatches, written.length))
      }),
    )
  })
})
