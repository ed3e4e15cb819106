import { errorCode } from '../protocol/error-codes.js'

const unknownEpoch = -1

/** What a client that has seen another leader is told (KIP-320). */
export function judgeLeaderEpoch(asked: number, current: number): number {
  if (asked === unknownEpoch || asked === current) return errorCode.NONE
  return asked < current ? errorCode.FENCED_LEADER_EPOCH : errorCode.UNKNOWN_LEADER_EPOCH
}
