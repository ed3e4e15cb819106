import type { Address } from './raw-connection.js'
import { runScripts } from './run-script.js'
import type { Script } from './script.js'
import type { Trace, Traces } from './trace.js'

export interface Settling {
  readonly atOnce: number
  /** Whether a trace is as it should be. */
  readonly isSettled: (script: string, trace: Trace) => boolean
}

const plays = 3
/** More than these are no accidents. */
const mostAgain = 25

/**
 * Plays scripts, and once or twice again what did not come out as it should: waits of a second are judged by the clock, and a busy
 * machine is no reason to fail. The last play counts.
 */
export async function playUntilSettled(
  scripts: readonly Script[],
  address: Address,
  { atOnce, isSettled }: Settling,
): Promise<Traces> {
  let traces: Traces = {}
  let left = scripts
  for (let play = 1; play <= plays && left.length > 0 && (play === 1 || left.length <= mostAgain); play += 1) {
    traces = { ...traces, ...(await runScripts(left, address, { atOnce: play === 1 ? atOnce : 2, play })) }
    left = left.filter(({ name }) => !isSettled(name, traces[name] ?? []))
  }
  return traces
}
