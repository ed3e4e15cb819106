import { fail, type Problem } from '@millrace/core'

/**
 * What the records of one partition may grow to in memory. A batch beyond a limit is not skipped: its partition stands still in
 * front of it, reported once as `partition.failed`, asked for again every few seconds, and goes on as soon as the batch can be read:
 * with higher limits after a restart, or once the log has dropped it.
 */
export interface DecodeLimits {
  /**
   * Bytes that one compressed batch may inflate to, from 1,024 to 1,073,741,824; default 67,108,864 (64 MiB). Also where an
   * answer is cut, behind the batch with which all its partitions together have inflated to so much: the rest is fetched again.
   */
  readonly maxInflatedBytes: number
  /**
   * Records in one batch, from 1 to 10,000,000; default 1,000,000. Also where the answer for a partition is cut behind a
   * batch and the rest is fetched again.
   */
  readonly maxRecords: number
  /** Headers of one record, from 1 to 1,000,000; default 100,000. */
  readonly maxHeaders: number
}

export const defaultDecodeLimits: DecodeLimits = {
  maxInflatedBytes: 64 * 1024 * 1024,
  maxRecords: 1_000_000,
  maxHeaders: 100_000,
}

const ranges: Readonly<Record<keyof DecodeLimits, { readonly min: number; readonly max: number }>> = {
  maxInflatedBytes: { min: 1_024, max: 1_073_741_824 },
  maxRecords: { min: 1, max: 10_000_000 },
  maxHeaders: { min: 1, max: 1_000_000 },
}

/**
 * Fills in the defaults.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID` with every limit that is unknown or out of its range.
 */
export function resolveDecodeLimits(given: Partial<DecodeLimits> = {}): DecodeLimits {
  const known = new Map(Object.entries(ranges))
  const problems: Problem[] = []
  const limits = { ...defaultDecodeLimits }
  for (const [name, value] of Object.entries(given)) {
    const range = known.get(name)
    const where = `kafkajs driver: limits.${name}`
    if (range === undefined) {
      problems.push({ where, problem: 'is not a limit', fix: `use one of ${[...known.keys()].join(', ')}` })
    } else if (value !== undefined && !(Number.isInteger(value) && value >= range.min && value <= range.max)) {
      const fix = `use an integer from ${range.min} to ${range.max}`
      problems.push({ where, problem: `${String(value)} is out of range`, fix })
    } else if (value !== undefined) {
      Object.assign(limits, { [name]: value })
    }
  }
  if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })
  return limits
}
