import { describe, expect, it } from 'vitest'
import { createGroupBench, groupId, subscriptionTo } from '../groups/test-support/group-bench.js'
import { errorCode } from '../protocol/error-codes.js'
import { withBroker } from '../server/test-support/with-broker.js'
import { createDescribeGroupsHandler } from './describe-groups.js'
import { createListGroupsHandler } from './list-groups.js'

function setup() {
  const bench = createGroupBench()
  const handle = createDescribeGroupsHandler({ groups: bench.groups })
  const ask = (apiVersion: number, name = groupId, includeAuthorizedOperations = false) => {
    const context = { apiVersion, clientId: 'app', clientHost: '/127.0.0.1' }
    const answer = handle({ groups: [name], includeAuthorizedOperations }, context)
    return 'groups' in Object(answer) ? (answer as { groups: unknown[] }).groups[0] : undefined
  }
  return { bench, ask }
}

const dead = { groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
const member = { memberId: 'app-1', groupInstanceId: null, clientId: 'app', clientHost: '/127.0.0.1' }
const nothing = Buffer.alloc(0)

describe('DescribeGroups', () => {
  it('calls an unknown group dead, and from version 6 on not found', () => {
    const { ask } = setup()
    expect(ask(5)).toEqual({ ...dead, errorCode: 0 })
    expect(ask(6)).toEqual({
      ...dead,
      errorCode: errorCode.GROUP_ID_NOT_FOUND,
      errorMessage: 'Group g not found.',
    })
  })

  it('is offered in the version that tells unknown groups: a Java admin would take them for dead ones', async () => {
    const { ask } = await withBroker()
    const { groups } = await ask('DescribeGroups', 6, { groups: ['nobody'] })
    expect(groups.map(({ errorCode: code }) => code)).toEqual([errorCode.GROUP_ID_NOT_FOUND])
    const { apiKeys } = await ask('ApiVersions', 3, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    expect(apiKeys.find(({ apiKey }) => apiKey === 15)).toMatchObject({ minVersion: 0, maxVersion: 6 })
  })

  it('shows protocol, metadata and assignment of a stable group', () => {
    const { bench, ask } = setup()
    bench.stable({})
    const members = [
      { ...member, memberMetadata: subscriptionTo('orders'), memberAssignment: Buffer.from('for app-1') },
    ]
    const stable = { groupState: 'Stable', protocolType: 'consumer', protocolData: 'range', members }
    expect(ask(4)).toEqual({ errorCode: 0, groupId, ...stable })
  })

  it('shows neither protocol nor metadata while the group rebalances', () => {
    const { bench, ask } = setup()
    bench.joined({})
    const members = [{ ...member, memberMetadata: nothing, memberAssignment: nothing }]
    const unsettled = { groupState: 'CompletingRebalance', protocolType: 'consumer', protocolData: '', members }
    expect(ask(4)).toEqual({ errorCode: 0, groupId, ...unsettled })
  })

  it('lists what everybody may do where nobody is checked, for a group that is there', () => {
    const { bench, ask } = setup()
    bench.stable({})
    expect(ask(3, groupId, true)).toMatchObject({ authorizedOperations: 3_400 })
    expect(ask(6, 'other', true)).not.toHaveProperty('authorizedOperations')
  })
})

describe('ListGroups', () => {
  it('lists groups with members, and groups that only keep offsets', () => {
    const { bench } = setup()
    bench.stable({})
    const partition = { partitionIndex: 0, committedOffset: 7n, committedLeaderEpoch: -1, committedMetadata: null }
    bench.groups.commitOffsets({
      groupId: 'simple',
      groupInstanceId: null,
      memberId: '',
      generationId: -1,
      topics: [{ name: 'orders', partitions: [partition] }],
    })
    const handle = createListGroupsHandler({ groups: bench.groups })
    const list = (statesFilter: string[], typesFilter: string[] = []) =>
      handle({ statesFilter, typesFilter }, { apiVersion: 5, clientId: 'app', clientHost: '/127.0.0.1' })
    const stable = { groupId, protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' }
    const simple = { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' }
    expect(list([])).toEqual({ errorCode: 0, groups: [stable, simple] })
    expect(list(['empty', 'Dead'])).toEqual({ errorCode: 0, groups: [simple] })
    expect(list(['Stable'], ['Classic'])).toEqual({ errorCode: 0, groups: [stable] })
    expect(list([], ['consumer'])).toEqual({ errorCode: 0, groups: [] })
  })
})
