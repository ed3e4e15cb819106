/** A length of time: milliseconds, or a number with its unit: `'250ms'`, `'2s'`, `'1m'`, `'1h'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** Milliseconds; undefined for what is no duration. */
export function parseDuration(input: unknown): number | undefined {
  if (typeof input === 'number') return Number.isFinite(input) && input >= 0 ? input : undefined
  const [, amount, unit] = (typeof input === 'string' ? pattern.exec(input) : null) ?? []
  if (amount === undefined || !isUnit(unit)) return undefined
  return Number(amount) * unitMs[unit]
}

const isUnit = (unit: string | undefined): unit is keyof typeof unitMs =>
  unit !== undefined && Object.hasOwn(unitMs, unit)

/** The shortest way to write it that reads back as the same. */
export function durationText(ms: number): string {
  if (!Number.isInteger(ms) || ms === 0) return `${ms}ms`
  if (ms % unitMs.h === 0) return `${ms / unitMs.h}h`
  if (ms % unitMs.m === 0) return `${ms / unitMs.m}m`
  return ms % unitMs.s === 0 ? `${ms / unitMs.s}s` : `${ms}ms`
}
