/** How snappy data in the framing of `xerial/snappy-java` begins, which Java clients write; librdkafka writes one raw block. */
export const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
