import { randomBytes } from 'node:crypto'
import { seededRandom } from '../faults/seeded-random.js'

/** The ids that one broker gives out. With a seed they are the same in every run. */
export interface Ids {
  /** A random uuid in its usual form, as Kafka appends it to member ids. */
  readonly uuid: () => string
  /** 16 bytes as Kafka prints ids of topics and clusters: base64url, never beginning with a dash, which would look like an option. */
  readonly kafkaUuid: () => string
}

export function createIds(seed?: number): Ids {
  const bytes = seed === undefined ? () => randomBytes(16) : seededBytes(seed)
  return {
    uuid: () => formatted(version4(bytes())),
    kafkaUuid() {
      for (;;) {
        const id = version4(bytes()).toString('base64url')
        if (!id.startsWith('-')) return id
      }
    },
  }
}

function seededBytes(seed: number): () => Buffer {
  const random = seededRandom(seed)
  return () => Buffer.from(Array.from({ length: 16 }, () => random.below(256)))
}

/** Marks the bytes as a random uuid (RFC 9562, section 5.4). */
function version4(bytes: Buffer): Buffer {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes
}

function formatted(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
