import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter, sizeOfString, sizeOfVarint } from '../wire/byte-writer.js'
import { WireFault } from '../wire/wire-fault.js'

/** What a member last owned, and in which generation: it says so in its next join, so that it can keep it. */
export interface OwnershipClaim {
  readonly generation: number
  readonly partitions: ReadonlyMap<string, readonly number[]>
}

const MAGIC = 0x6d72
const VERSION = 1
const FIXED_BYTES = 2 + 1 + 4
const NO_GENERATION = -1

/**
 * Travels as the user data of a join, where a stranger may have put anything:
 * INT16 magic, INT8 version, INT32 generation, varint count of topics, per topic its name, a varint count of partitions,
 * and the distance of each partition from the one before it.
 */
export function encodeClaim({ generation, partitions }: OwnershipClaim): Buffer {
  const topics = [...partitions].map(([topic, numbers]) => ({ topic, steps: stepsOf(numbers) }))
  const size = topics.reduce(
    (sum, { topic, steps }) =>
      sum +
      sizeOfString(topic) +
      sizeOfVarint(steps.length) +
      steps.reduce((bytes, step) => bytes + sizeOfVarint(step), 0),
    FIXED_BYTES + sizeOfVarint(topics.length),
  )
  const writer = new ByteWriter(size)
  writer.writeInt16(MAGIC)
  writer.writeInt8(VERSION)
  writer.writeInt32(generation)
  writer.writeVarint(topics.length)
  for (const { topic, steps } of topics) {
    writer.writeString(topic)
    writer.writeVarint(steps.length)
    for (const step of steps) writer.writeVarint(step)
  }
  return writer.bytes
}

/** Undefined for anything but a claim of ours: whoever sent it owned nothing that we know of. */
export function decodeClaim(bytes: Buffer): OwnershipClaim | undefined {
  const reader = new ByteReader(bytes)
  try {
    if (reader.readInt16() !== MAGIC || reader.readInt8() !== VERSION) return undefined
    const generation = reader.readInt32()
    const partitions = new Map<string, readonly number[]>()
    // Every element takes bytes, so a lie about their number ends in a fault and costs nothing.
    for (let left = reader.readVarint(); left > 0; left -= 1) partitions.set(reader.readString(), readNumbers(reader))
    return generation < NO_GENERATION ? undefined : { generation, partitions }
  } catch (error) {
    if (error instanceof WireFault) return undefined
    throw error
  }
}

const stepsOf = (numbers: readonly number[]): number[] =>
  numbers.toSorted((a, b) => a - b).map((number, index, sorted) => number - (sorted[index - 1] ?? 0))

function readNumbers(reader: ByteReader): number[] {
  const numbers: number[] = []
  let last = 0
  for (let left = reader.readVarint(); left > 0; left -= 1) {
    last += reader.readVarint()
    if (!Number.isSafeInteger(last) || last < 0) throw new WireFault('corrupt', `partition ${last}`)
    numbers.push(last)
  }
  return numbers
}
