import type { Seeded } from './seeded.js'

/**
 * What goes wrong in a schedule:
 * - `crash`: a worker ends at an await, its connections break, and it is back after a while (a new process);
 * - `stop`: a worker is stopped as by SIGTERM, and is back after a while;
 * - `join`: one more worker joins and leaves again;
 * - `freeze`: a worker stands still, for longer than its session where `ms` says so: a zombie;
 * - `cut`: connections of a worker break; what was on its way is lost (`requests`), or only the answers are;
 * - `rebalance`: the group is asked to join again;
 * - `restart`: the broker is away for a while, and has kept everything;
 * - `hold-markers`: transactions that have ended stay undecided for a while;
 * - `answers`: some of the next requests are answered with an error, late, or not at all, or the group throws a member out; which,
 *   follows from `ms`.
 */
export const faultKinds = [
  'crash',
  'stop',
  'join',
  'freeze',
  'cut',
  'rebalance',
  'restart',
  'hold-markers',
  'answers',
] as const
export type SimulatedFaultKind = (typeof faultKinds)[number]

/** One fault, as data: printed with its schedule, and given back it is injected at the same step. */
export interface PlannedFault {
  /** Once so many events have happened. */
  readonly step: number
  readonly kind: SimulatedFaultKind
  /** Which worker, by its place among those that run then. */
  readonly worker: number
  /** How long it lasts, on the clock of the schedule. */
  readonly ms: number
  readonly lost: 'requests' | 'answers'
}

/** After these no record is done again: every drain has its time. */
export const harmlessKinds: readonly SimulatedFaultKind[] = ['stop', 'join', 'rebalance', 'hold-markers']

/** After these what was in flight, or not committed yet, may be done again. */
export const disruptiveKinds: readonly SimulatedFaultKind[] = faultKinds.filter((kind) => !harmlessKinds.includes(kind))

const longest: Readonly<Record<SimulatedFaultKind, number>> = {
  ...{ crash: 3_000, stop: 2_000, join: 4_000, freeze: 12_000, cut: 0, rebalance: 0 },
  ...{ restart: 4_000, 'hold-markers': 2_000, answers: 1_000_000 },
}

/** Draws the faults of one schedule, in the order of their steps. */
export function drawFaults(
  random: Seeded,
  {
    kinds,
    most,
    within,
  }: { readonly kinds: readonly SimulatedFaultKind[]; readonly most: number; readonly within: number },
): readonly PlannedFault[] {
  const count = kinds.length === 0 ? 0 : random.below(most + 1)
  return Array.from({ length: count }, (): PlannedFault => {
    const kind = kinds[random.below(kinds.length)] ?? 'cut'
    return {
      step: random.below(within),
      kind,
      worker: random.below(8),
      ms: random.below(longest[kind] + 1),
      lost: random.next() < 0.5 ? 'requests' : 'answers',
    }
  }).toSorted((a, b) => a.step - b.step)
}
