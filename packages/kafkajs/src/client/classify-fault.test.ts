import { fail } from '@millrace/core'
import { expect, it } from 'vitest'
import { classifyFault, type ConnectFault } from './classify-fault.js'

/** As kafkajs wraps a fault when its retries are over. */
const wrapped = (cause: object) => ({ name: 'KafkaJSNumberOfRetriesExceeded', message: 'outer', cause })
const connection = (message: string, code?: string) => ({ name: 'KafkaJSConnectionError', message, code })

it.each<[string, unknown, ConnectFault['kind'], RegExp]>([
  [
    'wrong password',
    { name: 'KafkaJSSASLAuthenticationError', message: 'Invalid username or password' },
    'refused',
    /Invalid username/,
  ],
  [
    'mechanism not enabled',
    { name: 'KafkaJSProtocolError', message: 'x', code: 33 },
    'refused',
    /mechanism is not enabled/,
  ],
  [
    'SASL on a plain listener',
    { name: 'KafkaJSProtocolError', message: 'x', code: 34 },
    'refused',
    /does not ask for it/,
  ],
  ['another protocol error', { name: 'KafkaJSProtocolError', message: 'x', code: 7 }, 'away', /x/],
  [
    'a CA that is not known',
    wrapped(connection('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN')),
    'refused',
    /self-signed.*: set ssl\.ca/,
  ],
  [
    'a certificate of the broker that has expired',
    wrapped(connection('certificate has expired', 'CERT_HAS_EXPIRED')),
    'refused',
    /expired: it is the broker's/,
  ],
  [
    'a certificate of the broker that is not valid yet',
    wrapped(connection('certificate is not yet valid', 'CERT_NOT_YET_VALID')),
    'refused',
    /compare the clocks/,
  ],
  ['no token', wrapped(fail('MILLRACE_DRIVER_TOKEN_UNAVAILABLE', { reason: 'away' })), 'away', /No OAuth token.*away/],
  [
    'a token source that was refused',
    wrapped(fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'x', reason: 'wrong secret' })),
    'refused',
    /wrong secret/,
  ],
  [
    'authentication that failed',
    { name: 'KafkaJSProtocolError', message: 'Bad day', code: 58 },
    'refused',
    /^Bad day$/,
  ],
  [
    'a name that is not in the certificate',
    wrapped(connection("Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID')),
    'refused',
    /altnames: connect by a name/,
  ],
  [
    'no client certificate',
    wrapped(connection('alert bad certificate', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE')),
    'refused',
    /bad certificate: .*client certificate: set ssl\.cert/,
  ],
  [
    'a client certificate that the broker does not trust',
    wrapped(connection('alert certificate unknown', 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN')),
    'refused',
    /authority that the broker trusts/,
  ],
  [
    'an issuer that is not known',
    connection('unable to get local issuer certificate', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
    'refused',
    /issuer/,
  ],
  [
    'TLS on a plain listener',
    wrapped(connection('disconnected before secure TLS connection', 'ECONNRESET')),
    'closed',
    /before secure/,
  ],
  [
    'a listener that hangs up',
    wrapped({ name: 'KafkaJSConnectionClosedError', message: 'Closed connection' }),
    'closed',
    /Closed/,
  ],
  ['nobody there', wrapped(connection('connect ECONNREFUSED', 'ECONNREFUSED')), 'away', /outer/],
  ['a name that does not resolve', connection('getaddrinfo ENOTFOUND', 'ENOTFOUND'), 'away', /ENOTFOUND/],
  ['something that is no error', undefined, 'away', /unknown/],
])('%s', (_what, error, kind, reason) => {
  const fault = classifyFault(error)
  expect(fault.kind).toBe(kind)
  expect(fault.reason).toMatch(reason)
})

it.each([
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
])('gives no advice about certificates for %s', (code) => {
  expect(classifyFault(connection('alert of the broker', code))).toEqual({
    kind: 'refused',
    reason: 'alert of the broker',
  })
})

it.each([
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  'ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE',
])('asks for another client certificate for %s', (code) => {
  expect(classifyFault(connection('alert of the broker', code)).reason).toMatch(/: set ssl\.cert and ssl\.key to a/)
})

it('ends with a chain of causes that has no end', () => {
  const endless: Record<string, unknown> = { message: 'round and round' }
  endless['cause'] = endless
  expect(classifyFault(endless).kind).toBe('away')
})
