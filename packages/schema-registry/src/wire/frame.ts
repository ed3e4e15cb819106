/** Confluent's wire format: a zero byte, the id of the writer's schema as a big-endian int32, the payload. */
export const frameBytes = 5

/** The id in front of a payload, or -1; made for the hot path, `faultOf` says why. */
export function idOf(bytes: Buffer): number {
  if (bytes.length < frameBytes || bytes[0] !== 0) return -1
  return bytes.readInt32BE(1)
}

/** Why bytes have no id. */
export function faultOf(bytes: Buffer): string {
  if (bytes.length < frameBytes) {
    return `it has ${bytes.length} bytes, and 5 stand in front of every payload (a zero and the id of its schema)`
  }
  if (bytes[0] !== 0) {
    return `it begins with byte ${bytes[0]} and not with the zero in front of a schema id, so it was not written with a schema registry`
  }
  return `the id of its schema is negative (${bytes.readInt32BE(1)})`
}

/** Writes the five bytes at the start of a buffer that has room for them. */
export function writeFrame(target: Buffer, id: number): void {
  target[0] = 0
  target.writeInt32BE(id, 1)
}
