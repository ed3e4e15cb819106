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

export type SaslOptions = PasswordSasl | BearerSasl

/** A user and a password. */
export interface PasswordSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** OAuth (RFC 7628): a token from somewhere else instead of a password. */
export interface BearerSasl {
  readonly mechanism: 'oauthbearer'
  readonly token: TokenSource
}

/**
 * Fetches a token. Asked when a connection is made and before a session ends, by one connection at a time, and not while the last
 * token has more than half of its life before it; until that one expires it stands in for a source that fails. What it rejects
 * with is tried again; `MILLRACE_DRIVER_UNAUTHORIZED` is final. The signal aborts after 10 s.
 */
export type TokenSource = (signal: AbortSignal) => Promise<SaslToken>

export interface SaslToken {
  readonly value: string
  /** Epoch ms. Default: the `exp` of the token where it is a JWT; without either it is fetched for every connection. */
  readonly expiresAtMs?: number
  /** SASL extensions (KIP-342), such as `logicalCluster` of Confluent Cloud: names are letters. */
  readonly extensions?: Readonly<Record<string, string>>
}
