import { inRounds } from './in-rounds.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

/** The requests of a transaction that are not `Produce`, in the order in which they are sent. */
export type TransactionApi = 'AddPartitionsToTxn' | 'AddOffsetsToTxn' | 'TxnOffsetCommit' | 'EndTxn'

/** Where a process is killed: with a request of it in the proxy, or with the answer to one. */
export interface KillPoint {
  readonly api: 'OffsetCommit' | 'JoinGroup' | 'SyncGroup' | 'Fetch' | 'Produce' | TransactionApi
  /** `request`: before the broker sees it. `answer`: the broker has applied it, and the process will never know. */
  readonly edge: 'request' | 'answer'
}

/** Workers are meant by their slot: whichever process holds it at that moment. */
export type ChaosFault =
  | { readonly kind: 'kill'; readonly slot: number; readonly replacedAfterMs: number }
  | {
      readonly kind: 'kill-at'
      readonly slot: number
      readonly replacedAfterMs: number
      readonly point: KillPoint
      /** Whether a request that was held reaches the broker after its sender has died. Never of an answer. */
      readonly isDelivered: boolean
    }
  | { readonly kind: 'freeze'; readonly forMs: number }
  /** `isGated`: clients come back when the broker is ready, as behind a readiness check; else as soon as it listens. */
  | { readonly kind: 'restart'; readonly downMs: number; readonly isGated?: boolean }
  /** Resets the connections of one worker, or of all. */
  | { readonly kind: 'cut'; readonly slot?: number }
  /** Nothing passes to or from one worker, or all. */
  | { readonly kind: 'black-hole'; readonly slot?: number; readonly forMs: number }
  /**
   * A process sleeps (SIGSTOP) until long after its partitions have gone to others, and goes on. `held` is a request of it that
   * the network delivers when the others have taken over.
   */
  | {
      readonly kind: 'zombie'
      readonly slot: number
      readonly forMs: number
      readonly replacedAfterMs: number
      readonly held?: 'EndTxn' | 'TxnOffsetCommit'
    }
  /** The broker has done what a worker asked for, and the answer never arrives: its connection is reset, or stays silent. */
  | {
      readonly kind: 'lose-answer'
      readonly slot: number
      readonly api: TransactionApi
      readonly silently: boolean
    }
  /** A worker is told to stop: no fault at all, and nothing may be done twice. */
  | { readonly kind: 'stop'; readonly slot: number; readonly replacedAfterMs: number }
  /** One more worker joins, and is told to stop so long after it has joined. */
  | { readonly kind: 'guest'; readonly staysMs: number }

export interface PlannedFault {
  /** Since the flow began. */
  readonly atMs: number
  readonly fault: ChaosFault
}

export interface ScheduleOptions {
  readonly seed: number
  readonly durationMs: number
  /** Default 3. */
  readonly slots?: number
}

export const killEveryMs = 15_000
/** Fewer kills than kinds of kill would leave some out. */
export const shortestChaosMs = 120_000

const apis: readonly Exclude<KillPoint['api'], TransactionApi>[] = [
  'OffsetCommit',
  'JoinGroup',
  'SyncGroup',
  'Fetch',
  'Produce',
]
const killTurns: readonly (KillPoint['api'] | 'anywhere')[] = [...apis, 'anywhere', 'anywhere']

/**
 * The faults of a run, by time: a pure function of seed, duration and slots. A worker dies every 15 s: of seven kills, one
 * at each kill point and two anywhere. Behind each kill but the last, 4 to 6 s later, comes one of the other faults: of
 * six in a row each kind once.
 */
export function chaosSchedule({ seed, durationMs, slots = 3 }: ScheduleOptions): readonly PlannedFault[] {
  if (durationMs < shortestChaosMs) throw new RangeError(`a run takes at least ${shortestChaosMs} ms`)
  const random = seededRandom(seed)
  const kills = Math.floor(durationMs / killEveryMs) - 1
  const turns = inRounds(kills, killTurns, random)
  const between = inRounds(kills - 1, otherFaults(slots), random)
  return turns.flatMap((turn, index): PlannedFault[] => {
    const killAtMs = (index + 1) * killEveryMs
    const other = between[index]
    return [
      { atMs: killAtMs, fault: killOf(turn, random, slots) },
      ...(other === undefined ? [] : [{ atMs: killAtMs + random.integer(4_000, 6_000), fault: other(random) }]),
    ]
  })
}

function killOf(turn: KillPoint['api'] | 'anywhere', random: SeededRandom, slots: number): ChaosFault {
  const slot = random.integer(0, slots)
  const replacedAfterMs = random.integer(500, 2_500)
  if (turn === 'anywhere') return { kind: 'kill', slot, replacedAfterMs }
  const edge = random.integer(0, 2) === 0 ? 'request' : 'answer'
  const isDelivered = edge === 'request' && random.integer(0, 2) === 0
  return { kind: 'kill-at', slot, replacedAfterMs, point: { api: turn, edge }, isDelivered }
}

type OtherFault = (random: SeededRandom) => ChaosFault

/** How long one worker alone may be in the dark. */
export const longestDarkMs = 8_000

/** The session is 3 s: a worker that is alone in the dark for twice as long becomes a zombie; all of them together do not. */
const otherFaults = (slots: number): readonly OtherFault[] => [
  () => ({ kind: 'freeze', forMs: 8_000 }),
  (random) => ({ kind: 'restart', downMs: random.integer(0, 1_500) }),
  () => ({ kind: 'cut' }),
  (random) => ({ kind: 'cut', slot: random.integer(0, slots) }),
  (random) => ({ kind: 'black-hole', forMs: random.integer(1_000, 2_500) }),
  (random) => ({ kind: 'black-hole', slot: random.integer(0, slots), forMs: random.integer(6_000, longestDarkMs) }),
]
