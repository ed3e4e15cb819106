import type { ChaosFault, KillPoint, PlannedFault, ScheduleOptions } from './chaos-schedule.js'
import { inRounds } from './in-rounds.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

/** A session is 6 s, so a frozen process sleeps four of them. */
export const sessionMs = 6_000
const frozenMs = 4 * sessionMs
/** Session, rebalance, and what a transaction that was left open takes until it is aborted: then there is work again. */
export const waveMs = 11_000
const firstWaveMs = 6_000
/** The last fault is over, and every partition at work again. */
const recoveryMs = 22_000

/** Where a process dies in its transaction: the request that is held, or the answer, and whether the broker gets it after all. */
export const killPoints: readonly (KillPoint & { readonly isDelivered: boolean })[] = [
  { api: 'AddPartitionsToTxn', edge: 'request', isDelivered: false },
  { api: 'AddPartitionsToTxn', edge: 'answer', isDelivered: false },
  { api: 'Produce', edge: 'request', isDelivered: false },
  { api: 'Produce', edge: 'answer', isDelivered: false },
  { api: 'AddOffsetsToTxn', edge: 'request', isDelivered: false },
  { api: 'AddOffsetsToTxn', edge: 'answer', isDelivered: false },
  { api: 'TxnOffsetCommit', edge: 'request', isDelivered: false },
  { api: 'TxnOffsetCommit', edge: 'request', isDelivered: true },
  { api: 'TxnOffsetCommit', edge: 'answer', isDelivered: false },
  { api: 'EndTxn', edge: 'request', isDelivered: false },
  { api: 'EndTxn', edge: 'request', isDelivered: true },
  { api: 'EndTxn', edge: 'answer', isDelivered: false },
]
type Turn = (typeof killPoints)[number] | 'anywhere'
const killTurns: readonly Turn[] = [...killPoints, 'anywhere', 'anywhere']
const killsPerWave = 2
const slotCount = 3
/** When the next owners of the partitions are at work. */
const zombieBehindMs = { min: 6_500, max: 8_000 }
const shortestWaves = killTurns.length / killsPerWave
/** Fewer waves would leave a kill point out. */
export const shortestExactlyOnceMs = firstWaveMs + shortestWaves * waveMs + recoveryMs

/**
 * The faults of an exactly-once run, by time: a pure function of seed and duration. In each wave two workers die, each at
 * a point of its own or anywhere: of fourteen kills, one at each point. Behind them comes one of the other
 * faults, and behind every second wave a zombie, in rounds that hold each of them once.
 */
export function exactlyOnceSchedule({ seed, durationMs }: Omit<ScheduleOptions, 'slots'>): readonly PlannedFault[] {
  if (durationMs < shortestExactlyOnceMs) throw new RangeError(`a run takes at least ${shortestExactlyOnceMs} ms`)
  const random = seededRandom(seed)
  const waves = Math.floor((durationMs - firstWaveMs - recoveryMs) / waveMs)
  const turns = inRounds(waves * killsPerWave, killTurns, random)
  const zombies = inRounds(Math.ceil(waves / 2), zombieFaults, random)
  const others = inRounds(waves, otherFaults, random)
  return Array.from({ length: waves }, (_, wave): readonly PlannedFault[] => {
    const atMs = firstWaveMs + wave * waveMs
    const order = random.shuffled(Array.from({ length: slotCount }, (_slot, slot) => slot))
    const kills = turns.slice(wave * killsPerWave, (wave + 1) * killsPerWave).map((turn, index) => ({
      atMs: atMs + index * random.integer(100, 1_500),
      fault: killOf(turn, order[index] ?? 0, random),
    }))
    const zombie = wave % 2 === 0 ? zombies[wave / 2] : undefined
    // One that would still sleep when the run is over is left out.
    const isLate = atMs + zombieBehindMs.max + frozenMs > durationMs - sessionMs
    const other = others[wave]
    return [
      ...kills,
      ...(zombie === undefined || isLate
        ? []
        : [{ atMs: atMs + random.integer(zombieBehindMs.min, zombieBehindMs.max), fault: zombie(random) }]),
      ...(other?.(random) ?? []).map((fault) => ({ atMs: atMs + random.integer(4_000, 9_000), fault })),
    ]
  })
    .flat()
    .toSorted((a, b) => a.atMs - b.atMs)
}

function killOf(turn: Turn, slot: number, random: SeededRandom): ChaosFault {
  const replacedAfterMs = random.integer(500, 2_000)
  if (turn === 'anywhere') return { kind: 'kill', slot, replacedAfterMs }
  const { isDelivered, ...point } = turn
  return { kind: 'kill-at', slot, replacedAfterMs, point, isDelivered }
}

const anySlot = (random: SeededRandom): number => random.integer(0, slotCount)

const zombieOf =
  (held?: 'EndTxn' | 'TxnOffsetCommit') =>
  (random: SeededRandom): ChaosFault => ({
    ...{ kind: 'zombie', slot: anySlot(random), forMs: frozenMs, replacedAfterMs: random.integer(500, 2_000) },
    ...(held === undefined ? {} : { held }),
  })
const zombieFaults = [zombieOf(), zombieOf('TxnOffsetCommit'), zombieOf('EndTxn')] as const

/**
 * Gated, because Kafka 4.3.1 on a single node ends a transaction whose EndTxn comes in the first seconds after its start without
 * its markers, now and then: PREPARE_COMMIT and COMPLETE_COMMIT stand in its log and no partition has a marker, so that every
 * reader waits for ever, whatever the client.
 */
const restarted = (random: SeededRandom): ChaosFault => ({
  ...{ kind: 'restart', downMs: random.integer(0, 1_500), isGated: true },
})

type Others = (random: SeededRandom) => readonly ChaosFault[]
/** What else goes wrong; each of them in each seven waves. */
const otherFaults: readonly Others[] = [
  (random) => [restarted(random)],
  (random) => [restarted(random)],
  (random) => [{ kind: 'lose-answer', slot: anySlot(random), api: 'EndTxn', silently: false }],
  (random) => [{ kind: 'lose-answer', slot: anySlot(random), api: 'EndTxn', silently: true }],
  (random) => [{ kind: 'black-hole', slot: anySlot(random), forMs: random.integer(7_000, 8_000) }],
  () => [{ kind: 'cut' }],
  // A storm: they join at about the same time, and leave one after the other.
  (random) => [1_000, 2_000, 3_000].map((staysMs) => ({ kind: 'guest', staysMs: staysMs + random.integer(0, 1_000) })),
]
