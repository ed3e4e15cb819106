import type { Driver } from '@millrace/core'
import type { SharedBroker } from '../../brokers/shared-broker.js'
import { uniqueName } from '../../brokers/unique-name.js'
import type { ConformanceHarness, HarnessLimits } from '../harness.js'
import { createKafkaClusterView } from './kafka-cluster-view.js'

export interface KafkaHarnessOptions {
  /** A Kafka and the Java probe beside it: of `describeWithBroker`, or of `openSharedBroker`. */
  readonly broker: Pick<SharedBroker, 'bootstrap' | 'admin' | 'probe'>
  /** A driver for that cluster, a new one with each call. */
  readonly createDriver: () => Driver | Promise<Driver>
  /** A driver for an address where nobody listens. Without it some rules are skipped. */
  readonly createUnreachableDriver?: () => Driver | Promise<Driver>
  /** A driver whose members die. Default: the unreachable one. */
  readonly createDoomedDriver?: () => Driver | Promise<Driver>
  /** Default patience 30 s, session 6 s: what brokers take by default. */
  readonly limits?: Partial<HarnessLimits>
  /** Lets the log cleaner look more often for a while; without it the rule about compacted logs is skipped. Default false. */
  readonly mayAlterBrokers?: boolean
}

const defaults: HarnessLimits = {
  patienceMs: 30_000,
  quietMs: 1500,
  pollMs: 20,
  sessionTimeoutMs: 6000,
  drainMs: 1000,
}

/** Runs the rules on a real Kafka. Everything it knows about the cluster it has from Kafka's Java clients. */
export function createKafkaHarness(options: KafkaHarnessOptions): ConformanceHarness {
  const { broker, createDriver, createUnreachableDriver, mayAlterBrokers = false } = options
  const createDoomedDriver = options.createDoomedDriver ?? createUnreachableDriver
  const limits = { ...defaults, ...options.limits }
  return {
    cluster: createKafkaClusterView(broker, { limitMs: limits.patienceMs, mayAlterBrokers }),
    limits,
    createDriver,
    ...(createUnreachableDriver === undefined ? {} : { createUnreachableDriver }),
    ...(createDoomedDriver === undefined ? {} : { createDoomedDriver }),
    uniqueName,
    close: async () => undefined, // broker and probe belong to the caller
  }
}
