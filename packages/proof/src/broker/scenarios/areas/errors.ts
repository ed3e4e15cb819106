import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from '../bare-kafkajs.js'
import { scenario } from '../scenario.js'

const acl = {
  resourceType: AclResourceTypes.TOPIC,
  resourceName: 'orders',
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: 'User:bob',
  host: '*',
  operation: AclOperationTypes.READ,
  permissionType: AclPermissionTypes.ALLOW,
}

export const errorScenarios = [
  scenario('without an authorizer there are no permissions to speak of', async (s) => {
    const admin = await s.admin()
    await s.refused('describe', admin.describeAcls(acl), 'SECURITY_DISABLED')
    await s.refused('create', admin.createAcls({ acl: [acl] }), 'SECURITY_DISABLED')
    await s.refused('delete', admin.deleteAcls({ filters: [acl] }), 'SECURITY_DISABLED')
    await s.refused(
      'java',
      s.java.createAcls([{ resource: 'TOPIC', name: 'orders', principal: 'User:bob', operation: 'READ' }]),
      'SecurityDisabledException',
    )
  }),
  scenario('a listener without SASL tells so', async (s) => {
    const admin = s
      .kafka({ sasl: { mechanism: 'plain', username: 'bob', password: 'secret' }, retry: { retries: 0 } })
      .admin()
    s.defer(() => admin.disconnect())
    await s.refused('connect', admin.connect(), 'ILLEGAL_SASL_STATE')
  }),
  scenario('a consumer of an unknown topic is told so', async (s) => {
    const consumer = s.kafka().consumer({ groupId: s.named('g') })
    s.defer(() => consumer.disconnect())
    await consumer.connect()
    await s.refused('subscribe', consumer.subscribe({ topics: [s.named('nowhere')] }), 'UNKNOWN_TOPIC_OR_PARTITION')
  }),
  scenario('Java reads no topic that is not there', async (s) => {
    s.trace('read', await s.probe.read(s.named('nowhere'), { timeoutMs: 4000 }).catch((error: unknown) => error))
  }),
  scenario('a consumer whose topic is deleted does not take others along', async (s) => {
    const [a, b] = [await s.topic({}, 'a'), await s.topic({}, 'b')]
    const listener = await s.listen({ group: s.named('g'), topics: [b] })
    await listener.joined()
    await s.java.deleteTopic(a)
    await s.probe.produce(b, [{ value: 'on' }])
    s.is(
      'goes on',
      (await listener.first(1)).map(({ message }) => message.value),
      ['on'],
    )
  }),
  scenario('a transactional id that is empty', async (s) => {
    s.trace(
      'java',
      await s.probe.transactional('').then(
        () => 'opened',
        (error: unknown) => error,
      ),
    )
  }),
]
