import { expect, it } from 'vitest'
import { errorCode, errorName } from './error-codes.js'

// Errors.java stands in the order of its codes, and so does the table; these are counted off by hand along it.
it.each([
  ['UNKNOWN_SERVER_ERROR', -1],
  ['NONE', 0],
  ['UNKNOWN_TOPIC_OR_PARTITION', 3],
  ['NOT_COORDINATOR', 16],
  ['ILLEGAL_GENERATION', 22],
  ['UNKNOWN_MEMBER_ID', 25],
  ['REBALANCE_IN_PROGRESS', 27],
  ['UNSUPPORTED_VERSION', 35],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45],
  ['INVALID_PRODUCER_EPOCH', 47],
  ['CONCURRENT_TRANSACTIONS', 51],
  ['SECURITY_DISABLED', 54],
  ['NON_EMPTY_GROUP', 68],
  ['UNKNOWN_LEADER_EPOCH', 75],
  ['MEMBER_ID_REQUIRED', 79],
  ['FENCED_INSTANCE_ID', 82],
  ['INVALID_RECORD', 87],
  ['UNSTABLE_OFFSET_COMMIT', 88],
  ['PRODUCER_FENCED', 90],
  ['TRANSACTION_ABORTABLE', 120],
] as const)('%s is %d', (name, code) => {
  expect(errorCode[name]).toBe(code)
  expect(errorName(code)).toBe(name)
})

it('has every code once, without a gap', () => {
  const codes = Object.values(errorCode)
  expect(codes).toEqual(codes.map((_, index) => index - 1))
})

it('calls a code that Kafka does not have by its number', () => {
  expect(errorName(999)).toBe('999')
})
