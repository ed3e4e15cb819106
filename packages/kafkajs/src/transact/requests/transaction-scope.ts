import type { ProducerIdentity } from '../../produce/sequences.js'
import { ByteReader } from '../../wire/byte-reader.js'
import { type ByteWriter, sizeOfString } from '../../wire/byte-writer.js'

/** Whose transaction a request is about. */
export interface TransactionScope {
  readonly transactionalId: string
  readonly identity: ProducerIdentity
}

/** What AddPartitionsToTxn, AddOffsetsToTxn and EndTxn begin with. */
export function writeScope(writer: ByteWriter, { transactionalId, identity: { id, epoch } }: TransactionScope): void {
  writer.writeString(transactionalId)
  writer.writeInt64(id)
  writer.writeInt16(epoch)
}

export const sizeOfScope = ({ transactionalId }: TransactionScope): number => sizeOfString(transactionalId) + 8 + 2

/** The whole answer to AddOffsetsToTxn and to EndTxn. */
export function readErrorCode(payload: Buffer): number {
  const reader = new ByteReader(payload)
  reader.skip(4) // throttle time
  return reader.readInt16()
}
