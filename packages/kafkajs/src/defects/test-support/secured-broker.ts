import {
  isUnavailable,
  type SecuredBroker as SecuredKafka,
  type SecuredListener,
  securedUsers,
  startSecuredBroker as startSecuredKafka,
} from '@millrace/testing'
import kafkajs, { AclOperationTypes, AclResourceTypes } from 'kafkajs'
import { vi } from 'vitest'

export type Secured = 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID'
export type Listener = SecuredListener

export interface SecuredBroker extends SecuredKafka {
  /** Resolves when it counts. */
  allow(user: string, kind: Secured, name: string, operation: 'READ' | 'WRITE' | 'DESCRIBE'): Promise<void>
  forbid(user: string, kind: Secured, name: string): Promise<void>
}

export const users = securedUsers

/** The secured broker of the kit, and ACLs by name. */
export async function startSecuredBroker(): Promise<SecuredBroker> {
  const started = await startSecuredKafka()
  if (isUnavailable(started)) throw new Error(started.unavailable)
  const admin = new kafkajs.Kafka({ brokers: [...started.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const acl = (user: string, kind: Secured, resourceName: string) => ({
    resourceType: AclResourceTypes[kind],
    resourceName,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
  })
  return {
    ...started,
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
    },
  }
}
