import { isMillraceError } from '@millrace/core'
import { causesOf } from './causes-of.js'

/**
 * What a failed connect means, from kafkajs's error and its causes.
 * - `refused`: credentials, certificate or listener kind do not fit; trying again would not help.
 * - `closed`: the listener ended the connection without a word. A restarting broker does that, and so does one that
 *   speaks TLS or SASL where we do not, or the other way round.
 * - `away`: nobody answered.
 */
export interface ConnectFault {
  readonly kind: 'refused' | 'closed' | 'away'
  readonly reason: string
}

/** SASL: mechanism not enabled, SASL on a listener without it, wrong credentials. */
const SASL_REASONS: Readonly<Record<number, string>> = {
  33: 'the SASL mechanism is not enabled at this listener',
  34: 'SASL is configured, but this listener does not ask for it',
}
/** Its message is the broker's own. */
const AUTHENTICATION_FAILED = 58
/** Codes of Node's TLS for certificates: by OpenSSL's X509 names, host names, and alerts that the broker sent. */
const CERTIFICATE_CODE = /CERT|ISSUER|VERIFY|ERR_TLS|ERR_SSL|ERR_OSSL|SIGNATURE/
/**
 * What to do about a certificate, by Node's code of the fault; the first that fits. Alerts of RFC 8446, section 6, that are about
 * none (protocol version, handshake failure, internal error) have no advice.
 */
const CERTIFICATE_ADVICE: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED/, "it is the broker's: renew it there"],
  [/CERT_NOT_YET_VALID/, "it is the broker's: compare the clocks"],
  [/ALTNAME/, "connect by a name that stands in the broker's certificate"],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED)/,
    'the listener asks for a client certificate: set ssl.cert and ssl.key',
  ],
  [
    /ALERT_(UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|NO_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED))/,
    'set ssl.cert and ssl.key to a valid certificate of an authority that the broker trusts',
  ],
  [/SELF_SIGNED|ISSUER|VERIFY|SIGNATURE/, "set ssl.ca to the authority that signed the broker's certificate"],
]
const CLOSED_CODE = /^(ECONNRESET|EPIPE)$/

export function classifyFault(error: unknown): ConnectFault {
  const chain = [...causesOf(error)]
  for (const fault of chain) {
    const { name, code } = fault
    if (isMillraceError(fault, 'MILLRACE_DRIVER_TOKEN_UNAVAILABLE')) return { kind: 'away', reason: fault.message }
    if (isMillraceError(fault, 'MILLRACE_DRIVER_UNAUTHORIZED')) return { kind: 'refused', reason: fault.message }
    if (name === 'KafkaJSProtocolError' && code === AUTHENTICATION_FAILED) {
      return { kind: 'refused', reason: messageOf(fault) }
    }
    if (name === 'KafkaJSSASLAuthenticationError') return { kind: 'refused', reason: messageOf(fault) }
    if (name === 'KafkaJSProtocolError' && typeof code === 'number' && SASL_REASONS[code] !== undefined) {
      return { kind: 'refused', reason: SASL_REASONS[code] }
    }
    if (typeof code === 'string' && CERTIFICATE_CODE.test(code)) {
      return { kind: 'refused', reason: withAdvice(messageOf(fault), code) }
    }
  }
  const closed = chain.find(
    ({ name, code }) => name === 'KafkaJSConnectionClosedError' || (typeof code === 'string' && CLOSED_CODE.test(code)),
  )
  if (closed !== undefined) return { kind: 'closed', reason: messageOf(closed) }
  return { kind: 'away', reason: messageOf(chain[0] ?? {}) }
}

function withAdvice(message: string, code: string): string {
  const advice = CERTIFICATE_ADVICE.find(([codes]) => codes.test(code))?.[1]
  return advice === undefined ? message : `${message.trim()}: ${advice}`
}

const messageOf = ({ message }: { readonly message?: unknown }): string =>
  typeof message === 'string' ? message : 'unknown error'
