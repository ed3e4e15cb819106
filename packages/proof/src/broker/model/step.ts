import fc from 'fast-check'

/** One thing that happens; all that is random is in here, so that a list of them is a test that can be run again. */
export type Step =
  | {
      readonly do: 'write' | 'touch' | 'skip' | 'haunt'
      readonly writer: number
      readonly partition: number
      readonly count: number
    }
  | { readonly do: 'repeat'; readonly writer: number; readonly partition: number; readonly back: number }
  | { readonly do: 'stage'; readonly writer: number; readonly offset: number }
  | { readonly do: 'end'; readonly writer: number; readonly commit: boolean }
  | { readonly do: 'take over' | 'recover'; readonly writer: number }
  | { readonly do: 'read'; readonly reader: number; readonly maxBytes: number }
  | { readonly do: 'poll'; readonly reader: number }
  | { readonly do: 'join' | 'sync' | 'heartbeat' | 'leave'; readonly member: number }
  | { readonly do: 'rebalance all' }
  | { readonly do: 'commit'; readonly member: number; readonly partition: number; readonly back: number }
  | { readonly do: 'look at offsets' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'delete records'; readonly partition: number; readonly percent: number }
  | { readonly do: 'restart' | 'disconnect' | 'force rebalance' | 'expire leader' }
  | {
      readonly do: 'fault'
      readonly api: (typeof faultApis)[number]
      readonly how: (typeof faultKinds)[number]
      readonly nth: number
    }

export const faultApis = [
  'Produce',
  'Fetch',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
  'InitProducerId',
  'OffsetCommit',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
] as const
/** `late`: its answer takes a second. `held`: markers wait for one. */
export const faultKinds = ['close', 'dropAnswer', 'halfAnswer', 'error', 'late', 'held'] as const

export const writerCount = 4
export const memberCount = 3
export const partitions = 3

const writer = fc.nat(writerCount - 1)
const member = fc.nat(memberCount - 1)
// Most of it happens in few places, where it meets.
const partition = fc.constantFrom(0, 0, 0, 1, 2)

const weighted: readonly (readonly [weight: number, step: fc.Arbitrary<Step>])[] = [
  [12, fc.record({ do: fc.constant('write'), writer, partition, count: fc.constantFrom(1, 1, 2, 3) })],
  [2, fc.record({ do: fc.constantFrom('touch', 'skip', 'haunt'), writer, partition, count: fc.constant(1) })],
  [2, fc.record({ do: fc.constant('repeat'), writer: fc.constant(0), partition, back: fc.nat(6) })],
  [2, fc.record({ do: fc.constant('stage'), writer, offset: fc.integer({ min: 1, max: 50 }) })],
  [6, fc.record({ do: fc.constant('end'), writer, commit: fc.boolean() })],
  [2, fc.record({ do: fc.constantFrom('take over', 'take over', 'recover'), writer })],
  [
    6,
    fc.record({
      do: fc.constant('read'),
      reader: fc.nat(2 * partitions - 1),
      maxBytes: fc.constantFrom(1, 160, 100_000),
    }),
  ],
  [3, fc.record({ do: fc.constant('poll'), reader: fc.nat(2 * partitions - 1) })],
  [4, fc.record({ do: fc.constantFrom('join', 'sync', 'heartbeat', 'join', 'sync', 'leave'), member })],
  [3, fc.constant({ do: 'rebalance all' })],
  [3, fc.record({ do: fc.constant('commit'), member, partition, back: fc.constantFrom(0, 0, 0, 1) })],
  [1, fc.constant({ do: 'look at offsets' })],
  [2, fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 700, 4_000, 7_000, 25_000) })],
  [1, fc.record({ do: fc.constant('delete records'), partition, percent: fc.constantFrom(30, 60, 100) })],
  [1, fc.record({ do: fc.constantFrom('restart', 'disconnect', 'force rebalance', 'expire leader') })],
  [
    3,
    fc.record({
      do: fc.constant('fault'),
      api: fc.constantFrom(...faultApis),
      how: fc.constantFrom(...faultKinds),
      nth: fc.constantFrom(1, 2, 3),
    }),
  ],
]

export const steps = (length: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
    minLength: 1,
    maxLength: length,
    size: 'max',
  })

export const printSteps = (played: readonly Step[]): string =>
  played.map((step, at) => `${at + 1}. ${JSON.stringify(step)}`).join('\n')
