import { randomBytes } from 'node:crypto'
import { runOrders } from './orders/run-orders.js'
import { runPipeline } from './pipeline/run-pipeline.js'
import { type DemoKafka, startKafka } from './stage/kafka.js'
import type { Part, Traces } from './stage/part.js'
import { createStory } from './stage/story.js'
import type { Verdict } from './stage/verdict.js'

export interface DemoOptions {
  /** Use this cluster instead of an own one; the demo then takes names of its own and removes them again. */
  readonly brokers: string | undefined
  /** `orders` or `pipeline`; both where it is left out. */
  readonly only: string | undefined
  /** Keep the orders running at the end, until `signal` aborts; the pipeline is left out then. */
  readonly stay: boolean
  /** Where the API listens; 0 takes any free port. */
  readonly port: number
  readonly out: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** The whole story. True when every number is what it should be. Whatever happens, nothing is left running. */
export async function runDemo({ brokers, only, stay, port, out, signal }: DemoOptions): Promise<boolean> {
  const story = createStory(out)
  story.chapter(brokers === undefined ? 'Kafka 4.3.1 starts on this machine' : `Kafka at ${brokers}`)
  const kafka = await startKafka(brokers, signal)
  const traces: Traces = { groups: new Set(), topics: new Set() }
  // On somebody else's cluster the demo touches nothing but what has a name of its own.
  const prefix = kafka.isOurs ? '' : `demo-${randomBytes(3).toString('hex')}.`
  const part: Part = { kafka, prefix, story, out, signal, traces }
  try {
    story.say(`at ${kafka.brokers}`)
    const verdicts: Verdict[] = []
    if (only !== 'pipeline') verdicts.push(...(await runOrders(part, { port, stay })))
    if (only !== 'orders' && !stay) verdicts.push(...(await runPipeline(part)))
    return verdicts.every(({ problem }) => problem === undefined)
  } finally {
    if (!kafka.isOurs) await removeTraces(kafka, traces)
    await kafka.stop()
  }
}

/** Leaves somebody else's cluster as it was. */
async function removeTraces({ admin }: DemoKafka, { groups, topics }: Traces): Promise<void> {
  const removals = [
    ...[...groups].map((group) => admin.deleteGroup(group)),
    ...[...topics].map((topic) => admin.deleteTopic(topic)),
  ]
  await Promise.allSettled(removals) // what was never created can't be removed
}
