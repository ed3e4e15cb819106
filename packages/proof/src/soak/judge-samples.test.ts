import { expect, it, test } from 'vitest'
import { judgeSamples, slopesOf } from './judge-samples.js'
import type { Sample } from './take-sample.js'

const mebibyte = 1024 * 1024
const limits = { perMinuteAtMost: mebibyte, perStepAtMost: 20 * 1024 }
/** A sample each minute, 40 rebalances in between; the heap breathes. */
const samples = (change: (minute: number) => Partial<Sample> = () => ({})): readonly Sample[] =>
  Array.from({ length: 12 }, (_, minute) => ({
    ...{ steps: minute * 40, atMs: minute * 60_000, listeners: 7 },
    handles: { TCPSocketWrap: 3, Timeout: 5, PipeWrap: minute },
    ...{ heap: 30 * mebibyte + (minute % 2) * 100_000, buffers: 2 * mebibyte, resident: 90 * mebibyte },
    ...change(minute),
  }))

test.each<[string, readonly Sample[], readonly string[]]>([
  ['nothing grows', samples(), []],
  [
    'a socket is left',
    samples((at) => ({ handles: { TCPSocketWrap: at > 6 ? 4 : 3 } })),
    ['3 handles TCPSocketWrap became 4'],
  ],
  [
    'a timer of a new kind is left',
    samples((at) => ({ handles: at > 10 ? { Timeout: 1 } : {} })),
    ['0 handles Timeout became 1'],
  ],
  ['a listener is left each time', samples((at) => ({ listeners: at })), ['3 listeners became 11']],
  [
    'the heap grows',
    samples((at) => ({ heap: at * 2 * mebibyte })),
    ['heap: 2048.0 KiB a minute, 51.2 KiB a rebalance is more than memory that is let go of'],
  ],
  [
    'an answer is kept at each rebalance',
    samples((at) => ({ buffers: at * 40 * mebibyte })),
    ['buffers: 40960.0 KiB a minute, 1024.0 KiB a rebalance is more than memory that is let go of'],
  ],
  ['the heap grows only while it warms up', samples((at) => ({ heap: Math.min(at, 3) * 20 * mebibyte })), []],
  ['fewer handles and listeners are left', samples((at) => ({ listeners: 20 - at, handles: {} })), []],
  ['nobody has looked', [], ['there are too few samples to judge by']],
])('when %s', (_what, seen, wrong) => {
  expect(judgeSamples(seen, limits)).toEqual(wrong)
})

it('tells how steep the memory is, behind the warm-up', () => {
  const rising = samples((at) => ({ heap: at * 1_000, resident: at * 3_000 }))
  expect(slopesOf(rising)).toEqual({
    heap: { perMinute: 1_000, perStep: 25 },
    buffers: { perMinute: 0, perStep: 0 },
    resident: { perMinute: 3_000, perStep: 75 },
  })
})
