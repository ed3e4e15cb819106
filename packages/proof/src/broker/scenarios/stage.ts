import { deepEqual } from 'node:assert/strict'
import { createKafkaAdmin, type KafkaAdmin, type Probe, type TopicOptions } from '@millrace/testing'
import { until } from '../../rig/until.js'
import type { Step } from './compare-traces.js'
import { createDriverClients, type DriverClients } from './driver-clients.js'
import { type ErrorFacts, errorFacts, kafkaCodeOf } from './error-facts.js'
import { createKafkajsClients, type KafkajsClients } from './kafkajs-clients.js'
import { createNormaliser, type Json } from './normalise.js'

export interface BrokerOfScenarios {
  readonly bootstrap: readonly string[]
  /** Kafka's own Java clients, or the kit's where there is no Java. */
  readonly probe: Probe
}

/** What a scenario works with. Its clients are closed when it ends. */
export interface Stage extends BrokerOfScenarios, KafkajsClients, DriverClients {
  readonly java: KafkaAdmin
  readonly bootstrap: readonly string[]
  /** A name that no other scenario has, and the same one on each broker. */
  named(what: string): string
  /** Creates a topic that is ready; default one partition. */
  topic(options?: TopicOptions, what?: string): Promise<string>
  /** Into the trace, for the comparison. */
  trace(step: string, value: unknown): void
  /** Into the trace, and it has to be this on every broker. */
  is(step: string, value: unknown, expected: Json): void
  /** Has to fail, and this is Kafka's name for why. */
  refused(step: string, attempt: Promise<unknown>, expected: string): Promise<ErrorFacts>
  until<Found>(what: string, look: () => Promise<Found | undefined> | Found | undefined): Promise<Found>
  defer(close: () => Promise<void>): void
}

/** A probe that asks for the state of each group may meet one that another scenario has deleted since it was listed. */
export const groupsListedBy = ({ java, until: wait }: Pick<Stage, 'java' | 'until'>) =>
  wait('the groups', () =>
    java.listGroups().catch((error: unknown): undefined => {
      if (kafkaCodeOf(errorFacts(error)) !== 'GroupIdNotFoundException') throw error
      return undefined
    }),
  )

export interface OpenStage {
  readonly stage: Stage
  readonly steps: readonly Step[]
  /** Closes the clients, the last one first. */
  close(): Promise<void>
}

export function openStage(prefix: string, { bootstrap, probe }: BrokerOfScenarios): OpenStage {
  const steps: Step[] = []
  const closing: (() => Promise<void>)[] = []
  const normalise = createNormaliser()
  const java = createKafkaAdmin(probe)
  const defer = (close: () => Promise<void>): void => void closing.push(close)
  const named = (what: string): string => `${prefix}-${what}`
  const note = (at: string, value: unknown): Json => {
    const says = normalise(value)
    steps.push({ at, says })
    return says
  }
  const stage: Stage = {
    bootstrap,
    probe,
    java,
    named,
    defer,
    until: (what, look) => until(what, look, { everyMs: 20 }),
    ...createKafkajsClients(bootstrap, defer),
    ...createDriverClients(bootstrap, defer),
    async topic(options, what = 'orders') {
      await java.createTopic(named(what), options)
      return named(what)
    },
    trace: note,
    is: (step, value, expected) => deepEqual(note(step, value), expected, step),
    async refused(step, attempt, expected) {
      const facts = await attempt.then(
        (value) => ({ error: `no error, but ${JSON.stringify(normalise(value))}` }),
        errorFacts,
      )
      note(step, facts)
      deepEqual(kafkaCodeOf(facts), expected, step)
      return facts
    },
  }
  return {
    stage,
    steps,
    async close() {
      for (const close of closing.toReversed()) await close().catch(() => undefined) // the scenario has had its say
    },
  }
}
