import { errorCode } from '../protocol/error-codes.js'
import type { GroupConfig } from './group-config.js'
import {
  type HeartbeatEvent,
  type JoinAnswer,
  type JoinEvent,
  type LeaveEvent,
  refusedJoin,
  type SyncAnswer,
  type SyncEvent,
} from './group-event.js'
import type { GroupRuntime } from './group-runtime.js'

interface OfGroup {
  readonly groupId: string
}

export type JoinRequest = OfGroup & Omit<JoinEvent, 'kind' | 'request' | 'newMemberId'>
export type SyncRequest = OfGroup & Omit<SyncEvent, 'kind' | 'request'>
export type HeartbeatRequest = OfGroup & Omit<HeartbeatEvent, 'kind'>
export type LeaveRequest = OfGroup & Omit<LeaveEvent, 'kind'>

interface JoinParts {
  readonly runtime: GroupRuntime
  readonly config: GroupConfig
  readonly newId: () => string
}

type AnswerWith<Answer> = (answer: Answer) => void

export function joinGroup(
  { runtime, config, newId }: JoinParts,
  request: JoinRequest,
  answer: AnswerWith<JoinAnswer>,
): void {
  const { groupId, memberId, sessionTimeoutMs, clientId, groupInstanceId } = request
  const isSessionAllowed = sessionTimeoutMs >= config.minSessionMs && sessionTimeoutMs <= config.maxSessionMs
  if (groupId === '') return answer(refusedJoin(memberId, errorCode.INVALID_GROUP_ID))
  if (!isSessionAllowed) return answer(refusedJoin(memberId, errorCode.INVALID_SESSION_TIMEOUT))

  // Only a member without an id makes a group.
  const group = memberId === '' ? runtime.findOrCreate(groupId) : runtime.find(groupId)
  if (group === undefined) return answer(refusedJoin(memberId, errorCode.UNKNOWN_MEMBER_ID))
  const newMemberId = memberId === '' ? `${groupInstanceId ?? clientId}-${newId()}` : memberId
  runtime.run(group, { ...request, kind: 'join', request: runtime.awaitJoin(answer), newMemberId })
}

export function syncGroup(runtime: GroupRuntime, request: SyncRequest, answer: AnswerWith<SyncAnswer>): void {
  const group = runtime.find(request.groupId)
  const refuse = (code: number): void => answer({ errorCode: code, assignment: Buffer.alloc(0) })
  if (request.groupId === '') return refuse(errorCode.INVALID_GROUP_ID)
  if (group === undefined) return refuse(errorCode.UNKNOWN_MEMBER_ID)
  runtime.run(group, { ...request, kind: 'sync', request: runtime.awaitSync(answer) })
}

export function heartbeat(runtime: GroupRuntime, request: HeartbeatRequest): number {
  if (request.groupId === '') return errorCode.INVALID_GROUP_ID
  const group = runtime.find(request.groupId)
  if (group === undefined) return errorCode.UNKNOWN_MEMBER_ID
  return runtime.run(group, { ...request, kind: 'heartbeat' })[0] ?? errorCode.NONE
}

/** A code for the whole request, and one for each member it names. */
export interface LeaveVerdict {
  readonly errorCode: number
  readonly memberErrorCodes: readonly number[]
}

export function leaveGroup(runtime: GroupRuntime, request: LeaveRequest): LeaveVerdict {
  if (request.groupId === '') return { errorCode: errorCode.INVALID_GROUP_ID, memberErrorCodes: [] }
  const group = runtime.find(request.groupId)
  const memberErrorCodes =
    group === undefined
      ? request.members.map(() => errorCode.UNKNOWN_MEMBER_ID)
      : runtime.run(group, { ...request, kind: 'leave' })
  return { errorCode: errorCode.NONE, memberErrorCodes }
}
