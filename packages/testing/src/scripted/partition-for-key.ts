/** The partition that Kafka's default partitioner gives a key: murmur2 with the sign bit cleared, modulo. */
export const partitionForKey = (key: Buffer, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions

/** MurmurHash2 as `org.apache.kafka.common.utils.Utils.murmur2` computes it, as a signed 32-bit number. */
export function murmur2(data: Buffer): number {
  const multiplier = 0x5bd1e995
  const whole = data.length & ~3
  let hash = 0x9747b28c ^ data.length

  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(data.readInt32LE(at), multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  if (data.length > whole) {
    hash ^= data.readUIntLE(whole, data.length - whole)
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return (hash ^ (hash >>> 15)) | 0
}
