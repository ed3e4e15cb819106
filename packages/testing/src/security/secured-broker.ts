import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerUnavailable } from '../brokers/broker-under-test.js'
import { isUnavailable } from '../brokers/broker-under-test.js'
import { startJvmBroker } from '../brokers/jvm-broker.js'
import type { ExtraListener } from '../brokers/kafka-properties.js'
import { type CertificateAuthority, createCertificateAuthority, type KeyAndCertificate } from './certificates.js'

/**
 * What a listener speaks. `SASL`: PLAIN and SCRAM-SHA-256, no TLS. `SASLTLS`: PLAIN, both SCRAM and OAUTHBEARER over TLS. `SHORT`:
 * PLAIN and OAUTHBEARER without TLS, in sessions of `shortSessionMs`. `TLS`, and `MTLS`, which asks for a client certificate.
 * `WRONGNAME` and `EXPIRED`: TLS with a certificate for another host, and with one that has expired.
 */
export type SecuredListener = 'PLAINTEXT' | 'SASL' | 'SASLTLS' | 'SHORT' | 'TLS' | 'MTLS' | 'WRONGNAME' | 'EXPIRED'

export interface SecuredBroker {
  /** Of the listener `PLAINTEXT`, whose clients may do everything. */
  readonly bootstrap: readonly string[]
  readonly at: (listener: SecuredListener) => readonly string[]
  /** Of the authority that signed the broker, and of a stranger; PEM text. */
  readonly ca: string
  readonly otherCa: string
  /** Of a client that may do everything, of one whose certificate has expired, and of one that the stranger signed. */
  readonly client: KeyAndCertificate
  readonly expiredClient: KeyAndCertificate
  readonly otherClient: KeyAndCertificate
  stop(): Promise<void>
}

/**
 * Alice may do everything, by whatever mechanism, and so may whoever needs no name (`PLAINTEXT`, `TLS`). Bob and Carol may do what
 * an ACL gave them.
 */
export const securedUsers = {
  alice: { mechanism: 'plain', username: 'alice', password: 'alice-secret' },
  bob: { mechanism: 'plain', username: 'bob', password: 'bob-secret' },
  carol: { mechanism: 'plain', username: 'carol', password: 'carol-secret' },
} as const

export const shortSessionMs = 2500

const { alice } = securedUsers
const loginModules = 'org.apache.kafka.common.security'
const plainUsers = Object.values(securedUsers)
  .map(({ username, password }) => `user_${username}="${password}"`)
  .join(' ')
const plain = { 'plain.sasl.jaas.config': `${loginModules}.plain.PlainLoginModule required ${plainUsers};` }
const scram = (bits: 256 | 512): Record<string, string> => ({
  [`scram-sha-${bits}.sasl.jaas.config`]: `${loginModules}.scram.ScramLoginModule required;`,
})
/** Kafka's module for tokens without a signature; its own login is never used, and still asked for. */
const bearer = {
  'oauthbearer.sasl.jaas.config': `${loginModules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
}
const mechanisms = (...enabled: readonly string[]): Record<string, string> => ({
  'sasl.enabled.mechanisms': enabled.join(','),
})
const limitSessions = (mechanism: string): Record<string, string> => ({
  [`${mechanism}.connections.max.reauth.ms`]: String(shortSessionMs),
})

/**
 * A real Kafka (`startJvmBroker`) with an authorizer and one listener per kind of security, for tests of clients. Needs openssl as
 * well. Unavailable, or MILLRACE_TEST_BROKER_FAILED, as there.
 */
export async function startSecuredBroker(): Promise<SecuredBroker | BrokerUnavailable> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-secured-'))
  const removeFiles = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const authority = (name: string) => createCertificateAuthority(directory, name)
    const [ours, stranger] = await Promise.all([authority('ours'), authority('stranger')])
    const [listeners, client, expiredClient, otherClient] = await Promise.all([
      listenersOf(directory, ours),
      ours.issue('client', 'DNS:client'),
      ours.issue('former-client', 'DNS:client', { days: -1 }),
      stranger.issue('stranger', 'DNS:stranger'),
    ])
    const started = await startJvmBroker({
      listeners,
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': `User:ANONYMOUS;User:${alice.username};User:CN=client`,
      },
      formatArgs: [256, 512].flatMap((bits) => [
        '--add-scram',
        `SCRAM-SHA-${bits}=[name=${alice.username},password=${alice.password}]`,
      ]),
    })
    if (isUnavailable(started)) {
      await removeFiles()
      return started
    }
    return {
      bootstrap: started.bootstrap,
      at: (listener) => (listener === 'PLAINTEXT' ? started.bootstrap : [started.listeners[listener] ?? '']),
      ...{ ca: ours.ca, otherCa: stranger.ca, client, expiredClient, otherClient },
      async stop() {
        await started.stop()
        await removeFiles()
      },
    }
  } catch (error) {
    await removeFiles()
    throw error
  }
}

async function listenersOf(directory: string, authority: CertificateAuthority): Promise<readonly ExtraListener[]> {
  const [right, wrongName, expired] = await Promise.all([
    tlsOf(directory, authority, 'right', 'IP:127.0.0.1'),
    tlsOf(directory, authority, 'wrong', 'DNS:kafka.example'),
    tlsOf(directory, authority, 'expired', 'IP:127.0.0.1', -1),
  ])
  const shortSessions = { ...limitSessions('plain'), ...limitSessions('oauthbearer') }
  const everyMechanism = mechanisms('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER')
  return [
    {
      name: 'SASL',
      protocol: 'SASL_PLAINTEXT',
      properties: { ...mechanisms('PLAIN', 'SCRAM-SHA-256'), ...plain, ...scram(256) },
    },
    {
      name: 'SASLTLS',
      protocol: 'SASL_SSL',
      properties: { ...right, ...everyMechanism, ...plain, ...scram(256), ...scram(512), ...bearer },
    },
    {
      name: 'SHORT',
      protocol: 'SASL_PLAINTEXT',
      properties: { ...mechanisms('PLAIN', 'OAUTHBEARER'), ...plain, ...bearer, ...shortSessions },
    },
    { name: 'TLS', protocol: 'SSL', properties: right },
    { name: 'MTLS', protocol: 'SSL', properties: { ...right, 'ssl.client.auth': 'required' } },
    { name: 'WRONGNAME', protocol: 'SSL', properties: wrongName },
    { name: 'EXPIRED', protocol: 'SSL', properties: expired },
  ]
}

/** Java reads key, certificate and authority out of one PEM file. */
async function tlsOf(
  directory: string,
  authority: CertificateAuthority,
  name: string,
  altName: string,
  days = 2,
): Promise<Record<string, string>> {
  const { key, cert } = await authority.issue(name, altName, { days })
  const [keys, trusted] = [join(directory, `${name}.pem`), join(directory, `${name}-trusted.pem`)]
  await writeFile(keys, [key, cert, authority.ca].join('\n'))
  await writeFile(trusted, authority.ca)
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keys,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trusted,
  }
}
