import type { Stage } from './stage.js'

/** One statement about what Kafka answers, as requests. */
export interface Script {
  /** A sentence; also where the names of its topics and groups come from. */
  readonly name: string
  run(stage: Stage): Promise<void>
}

export const script = (name: string, run: (stage: Stage) => Promise<void>): Script => ({ name, run })

/** Scripts about one thing. Each area has a broker of its own where brokers are cheap. */
export interface Area {
  readonly name: string
  readonly scripts: readonly Script[]
  /** What its broker is told besides the usual; areas with the same settings share one where brokers are dear. */
  readonly settings?: BrokerSettings
}

/** In the words of the embedded broker; the JVM gets the same in its own. */
export interface BrokerSettings {
  readonly autoCreateTopics?: boolean
  readonly defaultPartitions?: number
  readonly initialRebalanceDelayMs?: number
  readonly maxGroupSize?: number
}
