import { describe, expect, it } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { type DecodeLimits, defaultDecodeLimits, resolveDecodeLimits } from './decode-limits.js'

describe('resolveDecodeLimits', () => {
  it('has the documented defaults', () => {
    const documented = { maxInflatedBytes: 67_108_864, maxRecords: 1_000_000, maxHeaders: 100_000 }
    expect(resolveDecodeLimits()).toEqual(documented)
    expect(resolveDecodeLimits({})).toEqual(documented)
    expect(defaultDecodeLimits).toEqual(documented)
  })

  it('takes each limit alone, at both ends of its range', () => {
    const ends: Record<keyof DecodeLimits, readonly number[]> = {
      maxInflatedBytes: [1_024, 1_073_741_824],
      maxRecords: [1, 10_000_000],
      maxHeaders: [1, 1_000_000],
    }
    for (const [name, values] of Object.entries(ends)) {
      for (const value of values) {
        expect(resolveDecodeLimits({ [name]: value })).toEqual({ ...defaultDecodeLimits, [name]: value })
      }
      for (const value of [(values[0] ?? 0) - 1, (values[1] ?? 0) + 1]) {
        expect(() => resolveDecodeLimits({ [name]: value })).toThrow(
          expect.objectContaining({ code: 'MILLRACE_OPTIONS_INVALID' }),
        )
      }
    }
  })

  it('names every fault at once, and what to write instead, when the driver is made', () => {
    const limits: object = { maxHeaders: 0, maxRecords: 1.5, maxInflatedBytes: '1MiB', maxKeys: 3 }
    expect(() => createKafkajsDriver({ brokers: ['localhost:1'], limits })).toThrow(
      expect.objectContaining({
        code: 'MILLRACE_OPTIONS_INVALID',
        message: expect.stringMatching(
          /limits\.maxHeaders[^]*1 to 1000000[^]*limits\.maxRecords[^]*limits\.maxInflatedBytes[^]*limits\.maxKeys/,
        ),
      }),
    )
  })
})
