import {
  type ApiName,
  apis,
  type Encodable,
  encodeRequest,
  type FieldSpec,
  type Fields,
  type Message,
} from '@millrace/broker/protocol'
import type { SeededRandom } from '../../chaos/seeded-random.js'
import { sampleBatch } from './sample-batch.js'

/** The topic and the other names that requests of a fuzzed broker are about. Bit flips never turn one into the witness's. */
export const fuzzedTopic = 'fuzz'

const pick = <T>(random: SeededRandom, values: readonly T[]): T => values[random.integer(0, values.length)] as T

/** By field, what makes a request go deep instead of being turned away at the door. */
const texts: Readonly<Record<string, readonly string[]>> = {
  groupId: ['g', 'h', ''],
  groups: ['g', 'h'],
  groupsNames: ['g', 'h'],
  memberId: ['', 'm'],
  transactionalId: ['tx', 'ty', ''],
  v3AndBelowTransactionalId: ['tx', 'ty'],
  transactionalIds: ['tx', 'none'],
  protocolType: ['consumer'],
  protocolName: ['range'],
  key: ['g', 'tx'],
  resourceName: [fuzzedTopic, '0', ''],
  mechanism: ['PLAIN'],
}
const numbers: Readonly<Record<string, readonly number[]>> = {
  acks: [-1, 1, 0, 7],
  maxWaitMs: [0, 100, 30_000],
  minBytes: [0, 1, 100],
  maxBytes: [0, 1, 1_000_000],
  partitionMaxBytes: [0, 1, 1_000_000],
  sessionTimeoutMs: [6_000, 30_000],
  rebalanceTimeoutMs: [0, 6_000],
  transactionTimeoutMs: [1_000, 60_000],
  numPartitions: [1, -1],
  count: [1, 2],
  replicationFactor: [1, -1],
  sessionEpoch: [-1, 0, 1],
  resourceType: [2, 4],
  isolationLevel: [0, 1],
  currentLeaderEpoch: [-1, 0, 1],
  generationId: [-1, 0, 1],
  generationIdOrMemberEpoch: [-1, 0, 1],
  producerEpoch: [0, -1, 1],
  v3AndBelowProducerEpoch: [0, 1],
}

/** A request of this API and version as a client in good health could send it, with its length in front. */
export function sampleRequest(api: ApiName, version: number, correlationId: number, random: SeededRandom): Buffer {
  const { request }: { request: Message } = apis[api]
  const body = sampleFields(request.fields, version, random)
  // What is sampled by the table fits the table.
  return encodeRequest(api, { apiVersion: version, correlationId, clientId: 'fuzz' }, body as Encodable<never>)
}

const sampleFields = (fields: Fields, version: number, random: SeededRandom): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, spec]) => [name, sampleField(name, spec, version, random)]))

function sampleField(name: string, spec: FieldSpec, version: number, random: SeededRandom): unknown {
  if (isNullable(spec, version) && random.integer(0, 3) === 0) return null
  if (!spec.type.startsWith('[]')) return sampleOne(name, spec.type, spec, version, random)
  const type = spec.type.slice(2)
  return Array.from({ length: random.integer(0, 5) === 0 ? 2 : 1 }, () => sampleOne(name, type, spec, version, random))
}

function sampleOne(name: string, type: string, spec: FieldSpec, version: number, random: SeededRandom): unknown {
  switch (type) {
    case 'struct':
      return sampleFields(spec.fields ?? {}, version, random)
    case 'bool':
      return random.integer(0, 2) === 1
    case 'string':
      return pick(random, texts[name] ?? [fuzzedTopic, fuzzedTopic, 'retention.ms', ''])
    case 'records':
      return sampleBatch(random)
    case 'bytes':
      return Buffer.from([0, 0, 0, 0, 0, 1, 0, 4, ...Buffer.from(fuzzedTopic), 0, 0, 0, 0])
    case 'int64':
      return pick(random, [-2n, -1n, 0n, 0n, 1n, 5n])
    case 'uuid':
      return 'A'.repeat(22)
    case 'float64':
      return 0
    default:
      return pick(random, numbers[name] ?? [0, 0, 1, type.startsWith('u') ? 1 : -1])
  }
}

function isNullable({ nullableVersions }: FieldSpec, version: number): boolean {
  return nullableVersions?.endsWith('+') === true && version >= Number(nullableVersions.slice(0, -1))
}
