import type { Step } from './compare-traces.js'
import type { Area, Scenario } from './scenario.js'
import { type BrokerOfScenarios, openStage } from './stage.js'

export interface Outcome {
  /** `area: name of the scenario`. */
  readonly name: string
  readonly steps: readonly Step[]
  /** Its own expectations did not hold, or it did not end in time. */
  readonly failure: unknown
  readonly tookMs: number
}

export interface RunLimits {
  /** How many at the same time. */
  readonly atOnce: number
  readonly limitMs: number
}

/** Runs every scenario of the areas once, some at the same time: they share the broker and nothing on it. */
export async function runScenarios(
  areas: readonly Area[],
  broker: BrokerOfScenarios,
  { atOnce, limitMs }: RunLimits,
): Promise<ReadonlyMap<string, Outcome>> {
  const waiting = areas.flatMap(({ name: area, scenarios }) =>
    scenarios.map((scenario, index) => ({
      scenario,
      name: `${area}: ${scenario.name}`,
      prefix: `${area}-${index + 1}`,
    })),
  )
  const outcomes = new Map<string, Outcome>()
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes.set(next.name, await runScenario(next, broker, limitMs))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return outcomes
}

interface Named {
  readonly scenario: Scenario
  readonly name: string
  readonly prefix: string
}

async function runScenario(
  { scenario, name, prefix }: Named,
  broker: BrokerOfScenarios,
  limitMs: number,
): Promise<Outcome> {
  const { stage, steps, ...opened } = openStage(prefix, broker)
  const beganAt = performance.now()
  const tookMs = (): number => Math.round(performance.now() - beganAt)
  try {
    await within(limitMs, scenario.run(stage))
    return { name, steps: [...steps], failure: undefined, tookMs: tookMs() }
  } catch (failure) {
    return { name, steps: [...steps], failure, tookMs: tookMs() }
  } finally {
    await opened.close()
  }
}

async function within(limitMs: number, run: Promise<void>): Promise<void> {
  const over = new AbortController()
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`not over after ${limitMs} ms`)), limitMs)
    over.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    await Promise.race([run, late])
  } finally {
    over.abort()
  }
}
