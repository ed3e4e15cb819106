/** A length of time: milliseconds, or a number with its unit: `'250ms'`, `'2s'`, `'1m'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm'}`

const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m)$/

/** Milliseconds; undefined for what is no duration. */
export function parseDuration(input: unknown): number | undefined {
  if (typeof input === 'number') return Number.isFinite(input) && input >= 0 ? input : undefined
  const [, amount, unit] = (typeof input === 'string' ? pattern.exec(input) : null) ?? []
  if (amount === undefined || (unit !== 'ms' && unit !== 's' && unit !== 'm')) return undefined
  return Number(amount) * unitMs[unit]
}

/** The shortest way to write it that reads back as the same. */
export function durationText(ms: number): string {
  if (!Number.isInteger(ms) || ms === 0) return `${ms}ms`
  if (ms % unitMs.m === 0) return `${ms / unitMs.m}m`
  return ms % unitMs.s === 0 ? `${ms / unitMs.s}s` : `${ms}ms`
}
