import type { Cluster } from '../internals.js'

/**
 * One way in which kafkajs is kept from hurting. `install` works on the process and is idempotent; `protect` works on one
 * client of ours. Both refuse any kafkajs but the one they were proven with.
 */
export interface Guard {
  readonly name: string
  install?(): void
  protect?(cluster: Cluster): void
}
