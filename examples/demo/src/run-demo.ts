import { randomBytes } from 'node:crypto'
import { startSchemaRegistry } from '@millrace/schema-registry/dev'
import { runOrders } from './orders/run-orders.js'
import { runPipeline } from './pipeline/run-pipeline.js'
import { type DemoKafka, startKafka, type Where } from './stage/kafka.js'
import type { Part, Traces } from './stage/part.js'
import { createStory } from './stage/story.js'
import type { Verdict } from './stage/verdict.js'

export interface DemoOptions {
  /** On somebody else's cluster the demo takes names of its own and removes them again. */
  readonly where: Where
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
export async function runDemo({ where, only, stay, port, out, signal }: DemoOptions): Promise<boolean> {
  const story = createStory(out)
  story.chapter(titleOf(where))
  await using registry = await startSchemaRegistry()
  const kafka = await startKafka(where, signal)
  const traces: Traces = { groups: new Set(), topics: new Set() }
  // On somebody else's cluster the demo touches nothing but what has a name of its own.
  const prefix = kafka.isOurs ? '' : `demo-${randomBytes(3).toString('hex')}.`
  const part: Part = { kafka, registryUrl: registry.url, prefix, story, out, signal, traces }
  try {
    story.say(`at ${kafka.brokers}; a schema registry beside it, at ${registry.url}`)
    const verdicts: Verdict[] = []
    if (only !== 'pipeline') verdicts.push(...(await runOrders(part, { port, stay })))
    if (only !== 'orders' && !stay) verdicts.push(...(await runPipeline(part)))
    return verdicts.every(({ problem }) => problem === undefined)
  } finally {
    if (!kafka.isOurs) await removeTraces(kafka, traces)
    await kafka.stop()
  }
}

function titleOf(where: Where): string {
  switch (where.kind) {
    case 'embedded':
      return 'The embedded broker: Kafka inside this process'
    case 'jvm':
      return 'Kafka 4.3.1 starts on this machine'
    case 'external':
      return `Kafka at ${where.brokers}`
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
