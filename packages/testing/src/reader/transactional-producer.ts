import { type FixtureRecord, encodeFixture, type PartitionOffset, partitionOffset } from './fixture-record.js'
import { list, nothing } from './json-shape.js'
import type { CallLimits, ProbeConnection } from './probe-connection.js'

export interface TransactionalOptions extends CallLimits {
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** Producer settings by Kafka's names, such as `transaction.timeout.ms`. */
  readonly properties?: Readonly<Record<string, string>>
}

/**
 * A transactional producer of Kafka's Java client that lives in the probe until it is closed. Any number may be open at
 * once; a second one with the same transactional id fences the first, as Kafka does.
 */
export interface TransactionalProducer {
  begin(limits?: CallLimits): Promise<void>
  /** Resolves when the broker has every record, with where each went. */
  send(topic: string, records: readonly FixtureRecord[], limits?: CallLimits): Promise<PartitionOffset[]>
  /** Adds offsets of a group that has no members. */
  sendOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>, limits?: CallLimits): Promise<void>
  /** Resolves when a reader can see it: the markers are written. */
  commit(limits?: CallLimits): Promise<void>
  abort(limits?: CallLimits): Promise<void>
  /** Leaves an open transaction to the broker, as a process that dies would. */
  close(limits?: CallLimits): Promise<void>
}

let lastName = 0

export async function openTransactionalProducer(
  connection: ProbeConnection,
  transactionalId: string,
  { compression = 'none', properties = {}, ...limits }: TransactionalOptions = {},
): Promise<TransactionalProducer> {
  lastName += 1
  const producer = `${transactionalId}#${lastName}`
  const tell = async (command: string, fields: object, given: CallLimits | undefined): Promise<void> =>
    connection.call({ ...fields, command, producer }, nothing, given)

  await tell('openProducer', { transactionalId, compression, properties }, limits)
  return {
    begin: (given) => tell('begin', {}, given),
    send: (topic, records, given) =>
      connection.call(
        { command: 'send', producer, topic, records: records.map(encodeFixture) },
        list(partitionOffset),
        given,
      ),
    sendOffsets: (group, topic, offsets, given) => {
      const texts = Object.fromEntries([...offsets].map(([partition, offset]) => [partition, offset.toString()]))
      return tell('sendOffsets', { group, topic, offsets: texts }, given)
    },
    commit: (given) => tell('end', { transactionalId, outcome: 'commit' }, given),
    abort: (given) => tell('end', { transactionalId, outcome: 'abort' }, given),
    close: (given) => tell('closeProducer', {}, given),
  }
}
