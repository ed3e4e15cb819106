export type WireFaultKind =
  /** Lengths, counts or markers that contradict each other. */
  | 'corrupt'
  /** The CRC-32C over the batch does not match. */
  | 'checksum'
  /** Records older than Kafka 0.11 (magic 0 or 1), a record format to come, or a protocol version without record batches. */
  | 'unsupported-format'
  /** A compression codec this process can't read. */
  | 'unsupported-codec'
  /** More bytes, records or headers than the limits allow. */
  | 'too-large'

/**
 * Bytes that can't be decoded. The only thing the decoders throw, whatever they are fed: what it concerns (one
 * partition, one response) is decided by whoever catches it.
 */
export class WireFault extends Error {
  override readonly name = 'WireFault'

  constructor(
    readonly kind: WireFaultKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
