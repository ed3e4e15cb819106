import type { PlannedFault } from './chaos-schedule.js'
import { seededRandom } from './seeded-random.js'

export const stopEveryMs = 10_000

export interface GracefulOptions {
  readonly seed: number
  readonly durationMs: number
  /** Default 3. */
  readonly slots?: number
}

/**
 * The moves of a phase without kills: every 10 s a worker is told to stop and another one takes its slot, and between each
 * two stops one more joins and leaves again, so that joins, stops and leaves meet in every order. Pure.
 */
export function gracefulSchedule({ seed, durationMs, slots = 3 }: GracefulOptions): readonly PlannedFault[] {
  const random = seededRandom(seed)
  const stops = Math.floor(durationMs / stopEveryMs) - 1
  const order = random.shuffled(Array.from({ length: slots }, (_, slot) => slot))
  return Array.from({ length: stops }, (_, index): readonly PlannedFault[] => {
    const atMs = (index + 1) * stopEveryMs
    const slot = order[index % slots] ?? 0
    const guest: PlannedFault = {
      atMs: atMs + random.integer(1_000, 4_000),
      fault: { kind: 'guest', staysMs: random.integer(2_000, 4_000) },
    }
    const stop: PlannedFault = { atMs, fault: { kind: 'stop', slot, replacedAfterMs: random.integer(0, 2_000) } }
    return index === stops - 1 ? [stop] : [stop, guest]
  }).flat()
}
