import type { Stage } from './stage.js'

/** Something that people do with Kafka, through clients as they are. What it leaves in the trace has to be the same on both brokers. */
export interface Scenario {
  /** What holds, as a sentence. */
  readonly name: string
  /** Rejects where its own expectations do not hold: they are true without a second broker too. */
  run(stage: Stage): Promise<void>
}

export const scenario = (name: string, run: (stage: Stage) => Promise<void>): Scenario => ({ name, run })

/** Scenarios about one thing. */
export interface Area {
  readonly name: string
  readonly scenarios: readonly Scenario[]
}
