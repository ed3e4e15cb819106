import { KafkaFault } from '../client/kafka-fault.js'
import { WireFault, type WireFaultKind } from '../wire/wire-fault.js'

/** What to do about a partition that Kafka refuses, by its error code. */
const ADVICE_BY_CODE: Readonly<Record<number, string>> = {
  2: 'the broker can not read its own log; see the log of the broker',
  3: 'the topic or partition is gone; it is read as soon as it exists again',
  5: 'no broker leads it; start the brokers that hold it',
  29: 'this principal needs READ on the topic',
  56: 'the disk of its broker failed; see the log of the broker',
}
/** What to do about bytes that can't be decoded. All of them stay until somebody acts. */
const ADVICE_BY_KIND: Readonly<Partial<Record<WireFaultKind, string>>> = {
  corrupt: 'the bytes are broken',
  checksum: 'the bytes were changed after they were written',
  'unsupported-codec': 'write it again with gzip, snappy, lz4 or zstd',
  'too-large': 'raise the limit if the records are wanted',
}

/** Why a partition can't be read and what would help, in the words of whoever is called at night. */
export function reasonOf(cause: Error, at: bigint | undefined): string {
  if (cause instanceof WireFault) {
    const advice = ADVICE_BY_KIND[cause.kind]
    const what = advice === undefined ? cause.message : `${cause.message}: ${advice}`
    return `the batch at offset ${at ?? 'unknown'} can't be read: ${what}, or move the committed offset of the group behind it`
  }
  const advice = cause instanceof KafkaFault ? ADVICE_BY_CODE[cause.errorCode] : undefined
  return advice === undefined ? cause.message : `${cause.message}: ${advice}`
}
