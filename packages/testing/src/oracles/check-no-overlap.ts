import { type Evidence, groupBy, type LaneBy, laneOf, placeOf, type Violation } from './evidence.js'
import { pairRuns, type Run } from './runs.js'

/**
 * O4: no two runs of one lane overlap within a generation. A run whose worker was killed has no end: within its
 * generation it overlaps whatever starts after it. Across generations overlap is possible inside the fencing window
 * and is counted by `overlapsAcrossGenerations`.
 */
export function checkNoOverlap(
  { lines }: Pick<Evidence, 'lines'>,
  { by }: { readonly by: LaneBy },
): readonly Violation[] {
  return overlaps(pairRuns(lines), by, Infinity)
    .filter(([earlier, later]) => earlier.generation === later.generation)
    .map(([earlier, later]) => ({
      oracle: 'O4',
      text: `${nameOf(later)} started while ${nameOf(earlier)} was still running, in generation ${later.generation}`,
    }))
}

/** How often a run started while one of an older generation was still running, seen from its own end line. */
export const overlapsAcrossGenerations = (
  { lines }: Pick<Evidence, 'lines'>,
  { by }: { readonly by: LaneBy },
): number =>
  overlaps(pairRuns(lines), by, -Infinity).filter(([earlier, later]) => earlier.generation !== later.generation).length

const nameOf = (run: Run): string => `${run.id} at ${placeOf(run)} attempt ${run.attempt} on ${run.worker}`

/** Each run beside the run of its lane that ended last among those that started before it in each generation. */
function overlaps(runs: readonly Run[], by: LaneBy, openEndMs: number): readonly (readonly [Run, Run])[] {
  const endOf = (run: Run): number => run.ended?.atMs ?? openEndMs
  const found: [Run, Run][] = []
  for (const lane of groupBy(runs, (run) => laneOf(by, run)).values()) {
    const longest = new Map<number, Run>()
    for (const run of lane.toSorted((a, b) => a.startedMs - b.startedMs)) {
      for (const earlier of longest.values()) if (run.startedMs < endOf(earlier)) found.push([earlier, run])
      const own = longest.get(run.generation)
      if (own === undefined || endOf(run) > endOf(own)) longest.set(run.generation, run)
    }
  }
  return found
}
