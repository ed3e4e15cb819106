/** Both sides look at key, value and headers of every record, in the same way; a header's name by its length, as text or as bytes. */
export const foldRecord = (sum: number, key: Buffer, value: Buffer): number =>
  (Math.imul(sum, 31) + key.length + value.length + (value[value.length - 1] ?? 0)) >>> 0

export const foldHeader = (sum: number, nameLength: number, value: Buffer): number =>
  (Math.imul(sum, 31) + nameLength + value.length) >>> 0
