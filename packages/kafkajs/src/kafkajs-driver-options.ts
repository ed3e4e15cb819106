import type { Logger } from '@millrace/core'
import type { ConnectionOptions } from './client/connection-options.js'

/** One block for everything that connects: members, senders and look-ups. */
export interface KafkajsDriverOptions
  extends Pick<ConnectionOptions, 'brokers' | 'ssl' | 'sasl'>,
    Partial<Pick<ConnectionOptions, 'connectionTimeoutMs' | 'requestTimeoutMs'>> {
  /** Shown in the broker's logs and quotas. Default `millrace`. */
  readonly clientId?: string
  /**
   * How long a look-up or a new member tries to reach any broker, ms. Default 20,000. Faults of credentials, certificates
   * and permissions end it at once.
   */
  readonly connectLimitMs?: number
  /** Default: silent. kafkajs's own warnings arrive as `debug`. */
  readonly logger?: Logger
}
