import type { DemoKafka } from './kafka.js'
import type { Story } from './story.js'

/** What both parts of the demo are given. */
export interface Part {
  readonly kafka: DemoKafka
  readonly registryUrl: string
  /** Of every topic and group. */
  readonly prefix: string
  readonly story: Story
  readonly out: NodeJS.WriteStream
  readonly signal: AbortSignal
  readonly traces: Traces
}

/** What a part leaves on the cluster. */
export interface Traces {
  readonly groups: Set<string>
  readonly topics: Set<string>
}

export const partitions = 6
