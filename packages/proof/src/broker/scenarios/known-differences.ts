import type { Difference } from './compare-traces.js'

/** A difference that stands: why it can't, or should not, be otherwise. */
export interface KnownDifference {
  /** For people who use the broker: what is different. */
  readonly what: string
  readonly reason: string
  /** Area and name of the scenario that shows it, as `offsets: a commit ...`. */
  readonly scenario: string
  /** The step of it. */
  readonly at: string
}

/** Reviewed line by line. Whatever differs and is not here is a defect of the embedded broker. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    what: 'Configs of the broker are read-only, where Kafka lets some be changed while it runs.',
    reason:
      'They are options of `startBroker`; a test that needs another value starts another broker within milliseconds.',
    scenario: 'configs: the defaults of topics are configs of the broker',
    at: 'read-only',
  },
  {
    what: "A Java producer whose transaction was aborted for its time-out hears ProducerFencedException instead of Kafka's InvalidTxnStateException.",
    reason:
      'Java ends transactions with version 5 of EndTxn where it is offered (KIP-890). This broker offers 0 to 2, and answers them as Kafka does.',
    scenario: 'transactions: a transaction that takes too long is aborted by the broker',
    at: 'commit',
  },
]

export const isKnown = (scenario: string, { at }: Difference): boolean =>
  knownDifferences.some((row) => row.scenario === scenario && row.at === at)
