import type { RedCheck } from './judge-mutant.js'
import type { Mutant } from './mutant.js'
import { playMutant, runSuites } from './run-mutant.js'

export interface Hunted {
  readonly mutant: Mutant
  /** What is red, one line for each check; nothing: it got away. */
  readonly caughtBy: readonly RedCheck[]
}

export interface HuntOptions {
  readonly mutants: readonly Mutant[]
  readonly seed: number
  /** How many are judged at a time. */
  readonly atOnce: number
  /** Also asks what comes after the first check that is red. */
  readonly thorough: boolean
  readonly signal?: AbortSignal
  readonly onHunted?: (hunted: Hunted) => void
}

const runs = 80

/**
 * Each mutant before the checks, in the order of what they cost: model, recorded answers, unit suites. What is red for the broker as it
 * is does not count.
 */
export async function huntMutants(options: HuntOptions): Promise<Hunted[]> {
  const { mutants, seed, atOnce, thorough, signal, onHunted } = options
  const model = { seed, runs }
  const noModel = { seed, runs: 0 }
  const withSignal = signal === undefined ? {} : { signal }
  const play = (mutant: Mutant | undefined, parts: Parameters<typeof playMutant>[1]) =>
    playMutant(mutant, { ...parts, ...withSignal })
  const usual = new Map<string, Promise<ReadonlySet<string>>>()
  /** What is red without any mutant, asked for once and only where something is red with one. */
  const usualOf = (what: string, ask: () => Promise<RedCheck[]>): Promise<ReadonlySet<string>> => {
    const red = usual.get(what) ?? ask().then((found) => new Set(found.map((each) => each.found)))
    usual.set(what, red)
    return red
  }

  const judge = async (mutant: Mutant): Promise<Hunted> => {
    const red = new Map<string, RedCheck>()
    const ask = async (
      what: string,
      judgeBroker: (broker: Mutant | undefined) => Promise<RedCheck[]>,
    ): Promise<void> => {
      if (red.size > 0 && !thorough) return
      const found = await judgeBroker(mutant)
      const known = found.length === 0 ? new Set() : await usualOf(what, () => judgeBroker(undefined))
      for (const each of found) if (!known.has(each.found) && !red.has(each.check)) red.set(each.check, each)
    }
    await ask('model', (broker) => play(broker, { model, areas: [] }))
    for (const area of mutant.areas) await ask(area, (broker) => play(broker, { model: noModel, areas: [area] }))
    await ask(mutant.suites.join(), (broker) => runSuites(broker, mutant.suites, signal))
    const hunted = { mutant, caughtBy: [...red.values()] }
    onHunted?.(hunted)
    return hunted
  }

  const left = [...mutants]
  const done: Hunted[] = []
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined && signal?.aborted !== true; next = left.shift())
      done.push(await judge(next))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return done
}
