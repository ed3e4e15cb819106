import { simulate, SimulationFailure, type SimulationOptions, type SimulationReport } from '@millrace/testing/simulate'
import { onKafkajs, searchedHandlers, searchedPipeline } from './searched-workers.js'

const searches: Readonly<Record<string, SimulationOptions>> = {
  'handlers, fast layer': searchedHandlers,
  'pipeline, fast layer': searchedPipeline,
  'handlers, full layer': { ...searchedHandlers, ...onKafkajs },
  'pipeline, full layer': { ...searchedPipeline, ...onKafkajs },
}

/** A seed that no earlier search of this machine began with; schedules take the seeds behind it. */
export const freshSeed = (): number => Math.floor(Date.now() / 1_000)

export interface SearchOptions {
  readonly seed: number
  /** Shared by all kinds of schedules alike, ms. */
  readonly budgetMs: number
  readonly print: (line: string) => void
  readonly signal: AbortSignal
}

/** Searches each kind of schedule for its share of the time, and prints what it did as a table. False: something was found. */
export async function searchEverything({ seed, budgetMs, print, signal }: SearchOptions): Promise<boolean> {
  const share = budgetMs / Object.keys(searches).length
  const failures: SimulationFailure[] = []
  print('| searched | seeds | schedules | events | schedules per second | found |')
  print('| --- | --- | --- | --- | --- | --- |')
  for (const [name, options] of Object.entries(searches)) {
    if (signal.aborted) return false
    const found = await searched({ ...options, seed, budgetMs: share, schedules: Infinity, signal })
    if (found instanceof SimulationFailure) failures.push(found)
    print(row(name, found instanceof SimulationFailure ? found.report : found, found instanceof SimulationFailure))
  }
  for (const { message } of failures) print(`\n\`\`\`\n${message}\n\`\`\``)
  return failures.length === 0
}

async function searched(options: SimulationOptions): Promise<SimulationReport | SimulationFailure> {
  try {
    return await simulate(options)
  } catch (error) {
    if (error instanceof SimulationFailure) return error
    throw error
  }
}

function row(name: string, { seed, schedules, steps, elapsedMs }: SimulationReport, isFound: boolean): string {
  const perSecond = (schedules * 1_000) / elapsedMs
  const cells = [name, `${seed} to ${seed + schedules - 1}`, schedules, steps, perSecond.toFixed(0)]
  return `| ${[...cells, isFound ? 'a violation' : 'nothing'].join(' | ')} |`
}
