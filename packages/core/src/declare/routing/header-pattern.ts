/** Values of a header: one value, or all that begin and end so. Both halves together stand for what two patterns have in common. */
export type HeaderPattern =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'around'; readonly prefix: string; readonly suffix: string }

/** Reads a pattern: `order.placed`, `order.*`, `*.error` or `*`. What is no pattern is refused with the plan. */
export function parsePattern(pattern: string): HeaderPattern {
  if (pattern.endsWith('*')) return { kind: 'around', prefix: pattern.slice(0, -1), suffix: '' }
  if (pattern.startsWith('*')) return { kind: 'around', prefix: '', suffix: pattern.slice(1) }
  return { kind: 'exact', value: pattern }
}

/** One `*`, at an end: with two of them, or one in the middle, nobody could say at a glance what overlaps. */
export function isPattern(pattern: unknown): pattern is string {
  if (typeof pattern !== 'string' || !pattern.isWellFormed()) return false
  const at = pattern.indexOf('*')
  return at === pattern.lastIndexOf('*') && (at <= 0 || at === pattern.length - 1)
}

/** The values that fit both; undefined where there are none. */
export function intersect(one: HeaderPattern, other: HeaderPattern): HeaderPattern | undefined {
  if (one.kind === 'exact') return fits(one.value, other) ? one : undefined
  if (other.kind === 'exact') return fits(other.value, one) ? other : undefined
  const prefix = longer(one.prefix, other.prefix, (long, short) => long.startsWith(short))
  const suffix = longer(one.suffix, other.suffix, (long, short) => long.endsWith(short))
  return prefix === undefined || suffix === undefined ? undefined : { kind: 'around', prefix, suffix }
}

/** A value that fits. */
export const exampleOf = (pattern: HeaderPattern): string =>
  pattern.kind === 'exact' ? pattern.value : pattern.prefix + pattern.suffix

const fits = (value: string, pattern: HeaderPattern): boolean =>
  pattern.kind === 'exact'
    ? value === pattern.value
    : value.startsWith(pattern.prefix) && value.endsWith(pattern.suffix) // which may share characters

/** The longer of two, where it goes on from the shorter. */
function longer(a: string, b: string, goesOn: (long: string, short: string) => boolean): string | undefined {
  const [long, short] = a.length < b.length ? [b, a] : [a, b]
  return goesOn(long, short) ? long : undefined
}
