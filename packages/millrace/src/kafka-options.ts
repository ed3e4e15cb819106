import type { DecodeLimits, PartitionChooser, TokenSource } from '@millrace/kafkajs'

export const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
export type SecurityProtocol = (typeof securityProtocols)[number]

export const presetNames = ['local', 'confluent-cloud', 'redpanda', 'event-hubs', 'msk-scram'] as const
/** Kinds of clusters with defaults of their own: `docs/configuration.md`. */
export type PresetName = (typeof presetNames)[number]

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]

/**
 * Where the brokers are and how to speak to them, in code. Each value is a default: the environment variable of the same
 * meaning overrides it. One block serves consumers, producers, dead letters and the topic admin.
 */
export interface KafkaOptions {
  /** `host:port`, as a list or comma-separated. `KAFKA_BROKERS` overrides it. */
  readonly brokers?: string | readonly string[]
  /** What kind of cluster it is, for the defaults below everything that is said here. `KAFKA_PRESET` overrides it. */
  readonly preset?: PresetName
  readonly clientId?: string
  readonly securityProtocol?: SecurityProtocol
  readonly sasl?: {
    readonly mechanism?: SaslMechanism
    readonly username?: string
    /** Better left to `KAFKA_SASL_PASSWORD`. */
    readonly password?: string
    /**
     * Where `oauthbearer` gets its tokens, such as a signer for Amazon MSK. A token endpoint (`oauth`, or its variables) stands above
     * it. How often it is asked: `TokenSource`.
     */
    readonly token?: TokenSource
    /** The token endpoint of an OAuth 2 server, asked with the client credentials grant. */
    readonly oauth?: {
      readonly tokenUrl?: string
      readonly clientId?: string
      /** Better left to `KAFKA_SASL_OAUTH_CLIENT_SECRET`. */
      readonly clientSecret?: string
      readonly scope?: string
    }
  }
  /**
   * Picks the partition of a record that names none, by the name of the topic in the cluster. Left out: the key decides as in
   * Java clients, and records without a key stick to one partition per batch.
   */
  readonly partitioners?: Readonly<Record<string, PartitionChooser>>
  /**
   * What fetched records may grow to in memory: `maxInflatedBytes` of a compressed batch (default 64 MiB), `maxRecords` of a batch
   * (1,000,000), `maxHeaders` of a record (100,000). A batch beyond them pauses its own partition: reported once as
   * `partition.failed`, asked for again slowly, never skipped. Faults are named at start (`MILLRACE_OPTIONS_INVALID`).
   */
  readonly limits?: Partial<DecodeLimits>
  /** PEM text, or paths of PEM files. */
  readonly ssl?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}
