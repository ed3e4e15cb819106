import type { SeededRandom } from '../../chaos/seeded-random.js'

const lengthBytes = 4
const extremes32 = [-1, -2, 0, 1, 0x7fff_ffff, -0x8000_0000, 0x7fff, 0x0100_0000]
const extremes16 = [-1, -2, 0, 1, 0x7fff, -0x8000, 0x00ff]
/** Of frames: what a length in front of one may claim that is not true. */
const lengths = [0, -1, -0x8000_0000, 0x7fff_ffff, 100 * 1024 ** 2, 100 * 1024 ** 2 + 1, 3, 8]

type Mutation = (frame: Buffer, random: SeededRandom) => Buffer

const flipBits: Mutation = (frame, random) => {
  const changed = Buffer.from(frame)
  for (let left = random.integer(1, 9); left > 0; left -= 1) {
    // Four bytes of length, four of API and version: flipped there, most frames would end at the door.
    const at = random.integer(random.integer(0, 8) === 0 ? 0 : 2 * lengthBytes, frame.length)
    changed.writeUInt8(changed.readUInt8(at) ^ (1 << random.integer(0, 8)), at)
  }
  return changed
}

/** Whatever stands there is overwritten by a length, a count or a number at its limits. */
const setExtreme: Mutation = (frame, random) => {
  const changed = Buffer.from(frame)
  const at = random.integer(2 * lengthBytes, Math.max(2 * lengthBytes + 1, frame.length - 4))
  if (at + 4 > frame.length) return flipBits(frame, random)
  if (random.integer(0, 3) === 0) changed.writeInt16BE(extremes16[random.integer(0, extremes16.length)] ?? 0, at)
  else changed.writeInt32BE(extremes32[random.integer(0, extremes32.length)] ?? 0, at)
  return changed
}

/** A varint of five bytes and more, as counts and lengths of flexible versions are. */
const setVarint: Mutation = (frame, random) => {
  const changed = Buffer.from(frame)
  const at = random.integer(2 * lengthBytes, frame.length)
  changed.fill(0xff, at, Math.min(frame.length, at + random.integer(1, 12)))
  return changed
}

const truncate: Mutation = (frame, random) => {
  const shorter = Buffer.from(frame.subarray(0, random.integer(lengthBytes, frame.length)))
  // Half of them say so: those are answered or closed. The others promise more, and wait.
  if (random.integer(0, 2) === 0) shorter.writeInt32BE(shorter.length - lengthBytes, 0)
  return shorter
}

const extend: Mutation = (frame, random) => {
  const from = random.integer(lengthBytes, frame.length)
  const longer = Buffer.concat([frame, frame.subarray(from)])
  longer.writeInt32BE(longer.length - lengthBytes, 0)
  return longer
}

/** A piece of the frame once more in its middle: elements without their count, counts without their elements. */
const repeat: Mutation = (frame, random) => {
  const from = random.integer(2 * lengthBytes, frame.length)
  const to = Math.min(frame.length, from + random.integer(1, 64))
  const longer = Buffer.concat([frame.subarray(0, to), frame.subarray(from, to), frame.subarray(to)])
  longer.writeInt32BE(longer.length - lengthBytes, 0)
  return longer
}

const lieAboutLength: Mutation = (frame, random) => {
  const changed = Buffer.from(frame)
  changed.writeInt32BE(lengths[random.integer(0, lengths.length)] ?? 0, 0)
  return changed
}

const noise: Mutation = (frame, random) =>
  Buffer.concat([
    frame.subarray(0, lengthBytes),
    Buffer.from(frame.subarray(lengthBytes).map(() => random.integer(0, 256))),
  ])

const asItIs: Mutation = (frame) => frame

/** How often each is chosen. */
const mutations: readonly Mutation[] = [
  ...Array.from({ length: 6 }, () => flipBits),
  ...Array.from({ length: 4 }, () => setExtreme),
  setVarint,
  setVarint,
  truncate,
  extend,
  repeat,
  repeat,
  lieAboutLength,
  noise,
  asItIs,
  asItIs,
]

/** A valid frame made worse. */
export const mutateFrame: Mutation = (frame, random) =>
  (mutations[random.integer(0, mutations.length)] ?? asItIs)(frame, random)

/** The bytes as several writes: sliced where a network would, or byte by byte. */
export function slice(bytes: Buffer, random: SeededRandom): readonly Buffer[] {
  const way = random.integer(0, 8)
  if (way > 1 || bytes.length < 3) return [bytes]
  if (way === 0 && bytes.length < 200) return Array.from(bytes, (byte) => Buffer.of(byte))
  const at = random.integer(1, bytes.length - 1)
  return [bytes.subarray(0, at), bytes.subarray(at)]
}
