/** A checksum of record numbers that does not depend on their order, and that one lost or doubled record changes. */
export function createChecksum() {
  let sum = 0
  let mixed = 0
  let records = 0
  return {
    add(id: number): number {
      sum = (sum + id) % 0x1fffffffffff
      mixed ^= Math.imul(id + 1, 0x9e3779b1)
      records += 1
      return records
    },
    get records() {
      return records
    },
    toString: () => `${sum.toString(16)}-${(mixed >>> 0).toString(16)}`,
  }
}

export function checksumOf(records: number): string {
  const checksum = createChecksum()
  for (let id = 0; id < records; id += 1) checksum.add(id)
  return String(checksum)
}
