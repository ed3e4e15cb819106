import type { SharedBrokerAddress } from './shared-broker.js'

/** What not every broker of the kit has. */
export const brokerNeeds = {
  compaction: 'compaction',
  'several nodes': 'several nodes',
  security: 'TLS, SASL or permissions',
  quotas: 'quotas',
  recompression: 'topics that compress by themselves',
  'topic ids': 'ids of topics in its metadata',
  'producer expiry': 'producer ids that expire at a setting of the broker',
  'log files': 'logs as files',
  'jvm process': 'a process of its own',
  'java clients': "Kafka's own Java clients",
} as const

/** A name for something that a suite can't do without; it runs where the broker has it. */
export type BrokerNeed = keyof typeof brokerNeeds

type Running = Extract<SharedBrokerAddress, { readonly kind: 'running' }>

/** Those that the broker of a run does not meet. A real Kafka has everything: what it needs beside itself, a suite starts. */
export const unmet = (
  { broker, probe }: Pick<Running, 'broker' | 'probe'>,
  needs: readonly BrokerNeed[],
): BrokerNeed[] => needs.filter((need) => (need === 'java clients' ? probe !== 'java' : broker === 'embedded'))
