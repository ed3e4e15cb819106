import { errorCode } from '../protocol/error-codes.js'

/** Versions that don't know PRODUCER_FENCED (90) are told INVALID_PRODUCER_EPOCH (47). */
export function codeForVersion(code: number, apiVersion: number, knowsFencedSince: number): number {
  return code === errorCode.PRODUCER_FENCED && apiVersion < knowsFencedSince ? errorCode.INVALID_PRODUCER_EPOCH : code
}
