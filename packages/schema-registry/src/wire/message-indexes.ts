/**
 * Which message of a Protobuf schema a payload holds: a count and that many positions, all as zigzag varints; a single 0 stands
 * for [0], the first message (Confluent's documentation, "Wire format", Protobuf).
 */
export interface ReadIndexes {
  readonly path: readonly number[]
  /** Where the payload begins. */
  readonly end: number
}

/** Deeper nesting than any schema has: a list that claims more is no list. */
const maxDepth = 32

/** Undefined where there is no such list at `start`. */
export function readMessageIndexes(bytes: Buffer, start: number): ReadIndexes | undefined {
  const count = readZigzag(bytes, start)
  if (count === undefined || count.value < 0 || count.value > maxDepth) return undefined
  if (count.value === 0) return { path: [0], end: count.end }
  const path: number[] = []
  let { end } = count
  while (path.length < count.value) {
    const index = readZigzag(bytes, end)
    if (index === undefined || index.value < 0) return undefined
    path.push(index.value)
    end = index.end
  }
  return { path, end }
}

export function writeMessageIndexes(path: readonly number[]): Buffer {
  if (path.length === 1 && path[0] === 0) return Buffer.from([0])
  return Buffer.from([path.length, ...path].flatMap(zigzagBytes))
}

function readZigzag(bytes: Buffer, start: number): { readonly value: number; readonly end: number } | undefined {
  let raw = 0
  for (let at = start, shift = 0; shift < 35; at++, shift += 7) {
    const byte = bytes[at]
    if (byte === undefined) return undefined
    raw += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) {
      const value = raw > 0xffffffff ? undefined : raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
      return value === undefined ? undefined : { value, end: at + 1 }
    }
  }
  return undefined
}

function zigzagBytes(value: number): readonly number[] {
  const bytes: number[] = []
  let raw = value * 2 // positions are never negative
  while (raw >= 0x80) {
    bytes.push((raw & 0x7f) | 0x80)
    raw = Math.floor(raw / 128)
  }
  return [...bytes, raw]
}
