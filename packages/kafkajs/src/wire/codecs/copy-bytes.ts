/** Below it a loop is faster than the call of `copy`. */
const SHORT = 32

/** Copies a run of literals, most of which are short. Returns where it ends in `target`. */
export function copyBytes(plain: Buffer, from: number, length: number, target: Buffer, to: number): number {
  if (length > SHORT) return to + plain.copy(target, to, from, from + length)
  for (let index = 0; index < length; index += 1) target[to + index] = plain[from + index] ?? 0
  return to + length
}
