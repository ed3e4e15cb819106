import { murmur2 } from './murmur2.js'

/** The partition Kafka's Java client gives this key: `toPositive(murmur2(key)) % partitions`. */
export const partitionForKey = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fff_ffff) % partitions
