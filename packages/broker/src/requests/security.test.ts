import { expect, it } from 'vitest'
import { withBroker } from '../server/test-support/with-broker.js'

const acl = { resourceType: 2, resourceName: 'orders', principal: 'User:a', host: '*', operation: 3, permissionType: 3 }
const filter = {
  resourceTypeFilter: 2,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

it('answers 54 to every request about ACLs, once per ACL and filter', async () => {
  const { ask } = await withBroker()
  const described = await ask('DescribeAcls', 1, filter)
  const created = await ask('CreateAcls', 1, { creations: [acl, acl] })
  const deleted = await ask('DeleteAcls', 1, { filters: [filter] })
  expect([described.errorCode, described.resources]).toEqual([54, []])
  expect(created.results.map(({ errorCode }) => errorCode)).toEqual([54, 54])
  expect(deleted.filterResults.map(({ errorCode, matchingAcls }) => [errorCode, matchingAcls])).toEqual([[54, []]])
})

it('answers 34 to who wants to authenticate', async () => {
  const { ask } = await withBroker()
  expect((await ask('SaslHandshake', 1, { mechanism: 'PLAIN' })).errorCode).toBe(34)
  expect((await ask('SaslAuthenticate', 1, { authBytes: Buffer.from('x') })).errorCode).toBe(34)
})
