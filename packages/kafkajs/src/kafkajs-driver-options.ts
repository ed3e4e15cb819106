import type { Logger } from '@millrace/core'
import type { ConnectionOptions } from './client/connection-options.js'
import type { PartitionChooser } from './produce/partitioner.js'
import type { DecodeLimits } from './wire/decode-limits.js'

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
  /**
   * How long what a member knows of its topics may be out of date, ms. Within it new partitions are read, from their
   * beginning. Default 30,000.
   */
  readonly metadataMaxAgeMs?: number
  /**
   * By the topic's name in the cluster: picks the partition of a record that names none, for every sender of this driver
   * (dead letters name theirs). Default: the key by Java-compatible murmur2, and without a key the sticky partition. A
   * record whose partition does not exist, or whose partitioner throws, is refused with `MILLRACE_PRODUCE_RECORD_INVALID`.
   */
  readonly partitioners?: Readonly<Record<string, PartitionChooser>>
  /**
   * What fetched records may grow to: inflated bytes and records of a batch, headers of a record. A batch beyond them pauses its
   * own partition: reported once as `partition.failed`, asked for again slowly, never skipped. Checked when the driver is made.
   */
  readonly limits?: Partial<DecodeLimits>
  /** Default: silent. kafkajs's own warnings arrive as `debug`. */
  readonly logger?: Logger
}
