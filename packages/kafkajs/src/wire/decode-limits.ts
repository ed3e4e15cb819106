/** What one partition of one answer may grow to in memory. */
export interface DecodeLimits {
  /** Bytes one compressed batch may inflate to; also where a partition's answer is cut after a batch. Default 64 MiB. */
  readonly maxInflatedBytes: number
  /** Records in one batch; also where a partition's answer is cut after a batch. Default 1,000,000. */
  readonly maxRecords: number
  /** Headers of one record. Default 100,000. */
  readonly maxHeaders: number
}

export const defaultDecodeLimits: DecodeLimits = {
  maxInflatedBytes: 64 * 1024 * 1024,
  maxRecords: 1_000_000,
  maxHeaders: 100_000,
}
