import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Logger } from '@millrace/core'

/** Where the brokers are and how to speak to them: one block for consumers, senders and look-ups alike. */
export interface ConnectionOptions {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** TLS: `true` for the system's CAs, or what `tls.connect` takes. Default: none. */
  readonly ssl?: boolean | TlsOptions
  readonly sasl?: SaslOptions
  /** How long one TCP and TLS connect may take, ms. */
  readonly connectionTimeoutMs: number
  /** How long one request may take, ms; long polls and joins add their own wait. */
  readonly requestTimeoutMs: number
  readonly log: Logger
}

export interface SaslOptions {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}
