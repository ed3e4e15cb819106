import { asText, bad, type BadInput } from './bad-input.js'

/** Offsets at the edges of what numbers hold. All are legal in Kafka. */
export const edgeOffsets: readonly bigint[] = [0n, 2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]

/** Record timestamps, epoch milliseconds. */
export const edgeTimestamps: readonly number[] = [-1, 0, 253_402_300_799_999, 8_640_000_000_000_000]

/** Texts where a header should hold a due time. */
export const badDueTimes: readonly BadInput<string>[] = [
  ...asText(['', 'soon', '-1', '0', '1e999', 'NaN', '1.5']),
  bad('long ago', () => '1000'),
  bad('far ahead', () => '253402300799999'),
]

/** Texts where a header should hold a count of attempts. */
export const badAttempts: readonly BadInput<string>[] = asText(['0', '-1', '99999999999999999999', 'many', '', '1.5'])
