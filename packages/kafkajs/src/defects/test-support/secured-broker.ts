import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isUnavailable, startJvmBroker } from '@millrace/testing'
import kafkajs, { AclOperationTypes, AclResourceTypes } from 'kafkajs'
import { vi } from 'vitest'
import type { SaslOptions } from '../../client/connection-options.js'
import { createAuthority } from './certificates.js'

export type Secured = 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID'
export type Listener = 'PLAINTEXT' | 'SASL' | 'TLS' | 'WRONGNAME' | 'MTLS'

/**
 * A broker with an authorizer and one listener per kind of security. Alice may do everything, and so may whoever needs no
 * name (`PLAINTEXT`, `TLS`); Bob may do nothing, Carol what `allow` gave her.
 */
export interface SecuredBroker {
  readonly bootstrap: readonly string[]
  readonly at: (listener: Listener) => readonly string[]
  /** Of the authority that signed the broker, and of a stranger. */
  readonly ca: string
  readonly otherCa: string
  readonly client: { readonly key: string; readonly cert: string }
  readonly otherClient: { readonly key: string; readonly cert: string }
  /** Resolves when it counts. */
  allow(user: string, kind: Secured, name: string, operation: 'READ' | 'WRITE' | 'DESCRIBE'): Promise<void>
  forbid(user: string, kind: Secured, name: string): Promise<void>
  stop(): Promise<void>
}

export const users = {
  alice: { mechanism: 'plain', username: 'alice', password: 'alice-secret' },
  bob: { mechanism: 'plain', username: 'bob', password: 'bob-secret' },
  carol: { mechanism: 'plain', username: 'carol', password: 'carol-secret' },
} as const satisfies Record<string, SaslOptions>

const PLAIN_USERS = Object.values(users)
  .map(({ username, password }) => `user_${username}="${password}"`)
  .join(' ')
const SASL_PROPERTIES = {
  'plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${PLAIN_USERS};`,
  'scram-sha-256.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
}

export async function startSecuredBroker(): Promise<SecuredBroker> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-secured-'))
  const removeFiles = (): Promise<void> => rm(directory, { recursive: true, force: true })
  const [ours, stranger] = await Promise.all([createAuthority(directory, 'ours'), createAuthority(directory, 'other')])
  /** Java reads key, certificate and authority out of one PEM file. */
  const tls = async (name: string, altName: string): Promise<Record<string, string>> => {
    const { key, cert } = await ours.issue(name, altName)
    const [keys, trusted] = [join(directory, `${name}.pem`), join(directory, `${name}-trusted.pem`)]
    await writeFile(keys, [key, cert, ours.ca].join('\n'))
    await writeFile(trusted, ours.ca)
    return {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keys,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': trusted,
    }
  }
  const mutual = { 'ssl.client.auth': 'required' }
  const started = await startJvmBroker({
    listeners: [
      { name: 'SASL', protocol: 'SASL_PLAINTEXT', properties: SASL_PROPERTIES },
      { name: 'TLS', protocol: 'SSL', properties: await tls('right', 'IP:127.0.0.1') },
      { name: 'WRONGNAME', protocol: 'SSL', properties: await tls('wrong', 'DNS:kafka.example') },
      { name: 'MTLS', protocol: 'SSL', properties: { ...(await tls('mutual', 'IP:127.0.0.1')), ...mutual } },
    ],
    properties: {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:alice;User:CN=client',
    },
    formatArgs: ['--add-scram', 'SCRAM-SHA-256=[name=alice,password=alice-secret]'],
  })
  if (isUnavailable(started)) throw new Error(started.unavailable)
  const { bootstrap, listeners } = started
  const admin = new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const acl = (user: string, kind: Secured, resourceName: string) => ({
    resourceType: AclResourceTypes[kind],
    resourceName,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
  })
  return {
    bootstrap,
    at: (listener) => (listener === 'PLAINTEXT' ? bootstrap : [listeners[listener] ?? '']),
    ca: ours.ca,
    otherCa: stranger.ca,
    client: await ours.issue('client', 'DNS:client'),
    otherClient: await stranger.issue('stranger', 'DNS:stranger'),
    async allow(user, kind, name, operation) {
      const permissionType = kafkajs.AclPermissionTypes.ALLOW
      const wanted = { ...acl(user, kind, name), operation: AclOperationTypes[operation], permissionType }
      await admin.createAcls({ acl: [wanted] })
      await vi.waitUntil(async () => (await admin.describeAcls(wanted)).resources.length > 0, { timeout: 10_000 })
    },
    async forbid(user, kind, name) {
      const [operation, permissionType] = [AclOperationTypes.ANY, kafkajs.AclPermissionTypes.ANY]
      const unwanted = { ...acl(user, kind, name), operation, permissionType }
      await admin.deleteAcls({ filters: [unwanted] })
      await vi.waitUntil(async () => (await admin.describeAcls(unwanted)).resources.length === 0, { timeout: 10_000 })
    },
    async stop() {
      await admin.disconnect()
      await started.stop()
      await removeFiles()
    },
  }
}
