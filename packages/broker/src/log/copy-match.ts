/**
 * Repeats at `to` what stands `distance` before it. It may read what it writes: that is how runs are compressed.
 * @throws RangeError for a distance that leads before the first byte.
 */
export function copyMatch(out: Buffer, to: number, distance: number, length: number): void {
  if (distance === 0 || distance > to) throw new RangeError('a match begins before what was written')
  if (distance >= length) {
    out.copyWithin(to, to - distance, to - distance + length)
    return
  }
  for (let index = 0; index < length; index += 1) out[to + index] = out[to + index - distance] as number
}
