import type { ByteReader } from './byte-reader.js'
import type { ByteWriter } from './byte-writer.js'
import { WireFault } from './wire-fault.js'

/**
 * The field layouts of flexible versions (KIP-482). kafkajs writes and reads headers without tagged fields, so a flexible body
 * of ours begins with those of the header: `writeNoTags` first in a request, `skipTags` first in an answer.
 *
 * Counts and lengths of compact fields are one more than what they count; 0 is null.
 */
export function writeCompactCount(writer: ByteWriter, count: number): void {
  let rest = count + 1
  for (; rest > 0x7f; rest >>>= 7) writer.bytes[writer.position++] = (rest & 0x7f) | 0x80
  writer.bytes[writer.position++] = rest
}

export function writeCompactText(writer: ByteWriter, text: string | null): void {
  if (text === null) {
    writeCompactCount(writer, -1)
    return
  }
  const bytes = Buffer.from(text)
  writeCompactCount(writer, bytes.length)
  writer.writeBytes(bytes)
}

export const writeNoTags = (writer: ByteWriter): void => writer.writeInt8(0)

/** Bytes that `writeCompactCount` takes. */
export function sizeOfCompactCount(count: number): number {
  let size = 1
  for (let rest = (count + 1) >>> 7; rest > 0; rest >>>= 7) size += 1
  return size
}

export function sizeOfCompactText(text: string | null): number {
  if (text === null) return 1
  const length = Buffer.byteLength(text)
  return sizeOfCompactCount(length) + length
}

/** `null` where the text is null, which an empty one is not. */
export function readCompactText(reader: ByteReader): string | null {
  const length = readUnsigned(reader) - 1
  return length < 0 ? null : reader.take(length).toString()
}

/** A null array has no items. */
export function readCompactList<Item>(reader: ByteReader, read: (reader: ByteReader) => Item): Item[] {
  const count = readUnsigned(reader) - 1
  // No item of Kafka's takes less than a byte, so a lie costs nothing.
  if (count > reader.remaining) throw new WireFault('corrupt', `impossible count ${count}`)
  const items: Item[] = []
  for (let left = count; left > 0; left -= 1) items.push(read(reader))
  return items
}

export function skipTags(reader: ByteReader): void {
  for (let left = readUnsigned(reader); left > 0; left -= 1) {
    readUnsigned(reader)
    reader.skip(readUnsigned(reader))
  }
}

/** What `readVarint` reads as zigzag, unfolded. */
function readUnsigned(reader: ByteReader): number {
  const folded = reader.readVarint()
  return ((folded << 1) ^ (folded >> 31)) >>> 0
}
