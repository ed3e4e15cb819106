import { type Codec, isCodec } from './compress.js'
import { KafkaRefusal } from './kafka-refusal.js'
import { settingsIn, type WireCall } from './wire-call.js'

export interface ProducerSettings {
  readonly clientId: string
  readonly acks: -1 | 0 | 1
  readonly codec: Codec
  readonly isIdempotent: boolean
  readonly transactionTimeoutMs: number
  /** Bytes of records before they are compressed; a batch has one record at least. */
  readonly batchBytes: number
  /** All batches end after so many records of one call. */
  readonly recordsPerRound: number
  /** How often a batch is sent again. */
  readonly retries: number
}

const acksOf: Readonly<Record<string, ProducerSettings['acks']>> = { all: -1, '-1': -1, '0': 0, '1': 1 }

/** Producer settings by Kafka's names, as far as this client has them. */
const properties: Readonly<Record<string, (value: string) => Partial<ProducerSettings>>> = {
  'client.id': (clientId) => ({ clientId }),
  'batch.size': (value) => ({ batchBytes: Number(value) }),
  'enable.idempotence': (value) => ({ isIdempotent: value === 'true' }),
  retries: (value) => ({ retries: Number(value) }),
  'transaction.timeout.ms': (value) => ({ transactionTimeoutMs: Number(value) }),
  // When a batch is full, or the call is over, it is sent.
  'linger.ms': () => ({}),
}

/** Java's defaults, and what the command says. */
export function producerSettings(call: WireCall): ProducerSettings {
  const [acks, codec] = [acksOf[call.textOr('acks', 'all')], call.textOr('compression', 'none')]
  if (acks === undefined || !isCodec(codec)) throw new KafkaRefusal('ConfigException', 'no such acks or compression')
  const own = settingsIn(call, 'properties').map(([name, value]) => {
    const read = properties[name]
    if (read === undefined) throw new KafkaRefusal('ConfigException', `the wire probe has no setting ${name}`)
    return read(value ?? '')
  })
  const recordsPerRound = call.numberOr('recordsPerBatch', Number.POSITIVE_INFINITY)
  const defaults: ProducerSettings = {
    clientId: 'millrace-probe',
    acks,
    codec,
    isIdempotent: acks === -1,
    transactionTimeoutMs: 60_000,
    batchBytes: Number.isFinite(recordsPerRound) ? Number.POSITIVE_INFINITY : 16_384,
    recordsPerRound,
    retries: Number.POSITIVE_INFINITY,
  }
  return own.reduce((settings: ProducerSettings, one) => ({ ...settings, ...one }), defaults)
}
