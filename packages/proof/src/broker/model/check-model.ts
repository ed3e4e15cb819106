import fc from 'fast-check'
import { playSteps } from './play-steps.js'
import { printSteps, type Step, steps } from './step.js'

export interface ModelOptions {
  readonly seed: number
  readonly runs: number
  /** Of each run, at most. Default: 60. */
  readonly length?: number
  /** Whether a failure is made as short as it can be, which takes many runs more. Default: true. */
  readonly shrink?: boolean
}

export interface ModelVerdict {
  readonly steps: number
  /** What is wrong, with the steps that lead there; undefined where nothing is. */
  readonly failure: string | undefined
}

/** Random steps against a broker, run after run. The same seed does the same. */
export async function checkModel({ seed, runs, length = 60, shrink = true }: ModelOptions): Promise<ModelVerdict> {
  let played = 0
  const property = fc.asyncProperty(steps(length), fc.nat(), async (chosen, brokerSeed) => {
    played += chosen.length
    await playSteps(chosen, brokerSeed)
  })
  const result = await fc.check(property, { seed, numRuns: runs, endOnFailure: !shrink })
  if (!result.failed) return { steps: played, failure: undefined }
  const [chosen = [], brokerSeed] = (result.counterexample ?? []) as [Step[]?, number?]
  const error = result.errorInstance
  const why =
    error instanceof Error ? (error.name === 'Violation' ? error.message : String(error.stack)) : String(error)
  return { steps: played, failure: `${why}\nseed ${seed}, broker seed ${brokerSeed}, after:\n${printSteps(chosen)}` }
}
