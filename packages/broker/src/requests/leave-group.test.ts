import { describe, expect, it } from 'vitest'
import type { LeaveVerdict } from '../groups/group-requests.js'
import { errorCode } from '../protocol/error-codes.js'
import { createLeaveGroupHandler } from './leave-group.js'

const { UNKNOWN_MEMBER_ID, INVALID_GROUP_ID } = errorCode
const ask = (apiVersion: number, verdict: LeaveVerdict) => {
  const named: unknown[] = []
  const leave = (request: { members: readonly unknown[] }): LeaveVerdict => {
    named.push(...request.members)
    return verdict
  }
  const handle = createLeaveGroupHandler({ groups: { leave } })
  const request = { groupId: 'g', memberId: 'old', members: [{ memberId: 'new', groupInstanceId: 'one' }] }
  return { answer: handle(request, { apiVersion, clientId: 'app', clientHost: '/127.0.0.1' }), named }
}

describe('LeaveGroup', () => {
  it.each<[string, number, LeaveVerdict, unknown]>([
    [
      'version 3 says of each member what became of it',
      3,
      { errorCode: 0, memberErrorCodes: [UNKNOWN_MEMBER_ID] },
      { errorCode: 0, members: [{ memberId: 'new', groupInstanceId: 'one', errorCode: UNKNOWN_MEMBER_ID }] },
    ],
    [
      'version 2 says it at the top',
      2,
      { errorCode: 0, memberErrorCodes: [UNKNOWN_MEMBER_ID] },
      { errorCode: UNKNOWN_MEMBER_ID },
    ],
    ['version 2 is fine', 2, { errorCode: 0, memberErrorCodes: [0] }, { errorCode: 0 }],
    ['version 2 is refused', 2, { errorCode: INVALID_GROUP_ID, memberErrorCodes: [] }, { errorCode: INVALID_GROUP_ID }],
    [
      'version 3 is refused',
      3,
      { errorCode: INVALID_GROUP_ID, memberErrorCodes: [] },
      { errorCode: INVALID_GROUP_ID, members: [] },
    ],
  ])('%s', (_behaviour, version, verdict, answer) => {
    expect(ask(version, verdict).answer).toEqual(answer)
  })

  it('names one member below version 3, and several from then on', () => {
    const fine = { errorCode: 0, memberErrorCodes: [0] }
    expect(ask(2, fine).named).toEqual([{ memberId: 'old', groupInstanceId: null }])
    expect(ask(3, fine).named).toEqual([{ memberId: 'new', groupInstanceId: 'one' }])
  })
})
