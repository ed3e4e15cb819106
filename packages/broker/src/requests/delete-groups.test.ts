import { expect, it } from 'vitest'
import { createGroupBench, groupId } from '../groups/test-support/group-bench.js'
import { errorCode } from '../protocol/error-codes.js'
import { createDeleteGroupsHandler } from './delete-groups.js'

it('DeleteGroups answers for each group, once for one that is named twice', () => {
  const bench = createGroupBench()
  bench.stable({})
  const handle = createDeleteGroupsHandler({ groups: bench.groups })
  const context = { apiVersion: 1, clientId: 'app', clientHost: '/127.0.0.1' }
  expect(handle({ groupsNames: [groupId, 'other', groupId] }, context)).toEqual({
    throttleTimeMs: 0,
    results: [
      { groupId, errorCode: errorCode.NON_EMPTY_GROUP },
      { groupId: 'other', errorCode: errorCode.GROUP_ID_NOT_FOUND },
    ],
  })
})
