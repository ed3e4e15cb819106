import { verifyRun } from './verify-run.js'
import type { Expected, Run, Side } from './workload.js'

export type Pair = { readonly ours: Run; readonly baseline: Run }

/**
 * Runs both sides alternately, A B B A, so that a machine that warms up or slows down does it to both. The first pair is
 * warm-up: it is checked and dropped.
 */
export async function pairedRuns(
  { ours, baseline, expected }: { ours: Side; baseline: Side; expected: Expected },
  { pairs = 10, onPair }: { pairs?: number; onPair?: (pair: Pair, index: number) => void } = {},
): Promise<Pair[]> {
  const once = async (side: Side): Promise<Run> => verifyRun(side.name, await side.run(), expected)
  const kept: Pair[] = []
  for (let index = 0; index <= pairs; index += 1) {
    const first = await once(index % 2 === 0 ? ours : baseline)
    const second = await once(index % 2 === 0 ? baseline : ours)
    const pair = index % 2 === 0 ? { ours: first, baseline: second } : { ours: second, baseline: first }
    if (index === 0) continue
    kept.push(pair)
    onPair?.(pair, index)
  }
  return kept
}
