import { createHash } from 'node:crypto'
import type { RawRecord } from '@millrace/core'
import { defaultDecodeLimits } from '../../wire/decode-limits.js'
import type { ProducedPartition } from '../../wire/decode-produce-response.js'
import { decodeRecords, readRecordBytes } from '../../wire/decode-record-batch.js'
import type { ProduceRequest } from '../../wire/encode-produce-request.js'
import { readBatchHeader } from '../../wire/read-batch-header.js'
import type { BrokerLink, BrokerLinks } from '../broker-links.js'
import type { WireRequest } from '../wire-broker.js'

/**
 * What one partition's try meets. `lost-*` concern the whole request: before or after it was worked on, or `lost-for-now`, which
 * is worked on whenever `deliverLate` is called. `stored-then-*`: appended, but too few replicas had it, or a follower that has
 * it became the leader, before it was acknowledged. A number is an error code and stores nothing.
 */
export type Fault =
  | 'lost-before-append'
  | 'lost-after-append'
  | 'lost-for-now'
  | 'stored-then-6'
  | 'stored-then-20'
  | number

export interface StoredValue {
  readonly value: string
  readonly offset: bigint
  readonly producerId: bigint
}

interface ProducerState {
  next: number
  readonly recent: { readonly base: number; readonly count: number; readonly offset: bigint }[]
}

type Appended = Pick<ProducedPartition, 'errorCode' | 'baseOffset' | 'logAppendTime'>

interface Log {
  readonly stored: StoredValue[]
  readonly producers: Map<bigint, ProducerState>
  /** What each sequence was used for, to catch a second use. */
  readonly used: Map<string, string>
}

export interface ScriptedCluster {
  readonly links: BrokerLinks
  /** Partitions by topic; change it to create, grow or delete. */
  readonly topics: Map<string, number>
  /** Node ids by `topic/partition`; 1 where none is set, -1 for no leader. */
  readonly leaders: Map<string, number>
  /** Asked for each partition of each request. */
  fault: (topic: string, partition: number, values: readonly string[]) => Fault | undefined
  /** Awaited before a request is worked on. */
  gate: Promise<void> | undefined
  /** Awaited between working on a request and answering it. */
  delay: () => Promise<void> | undefined
  /** Awaited before metadata is answered. */
  metadataDelay: () => Promise<void> | undefined
  /** The topics stamp records with this time. */
  appendTime: number | undefined
  isReachable: boolean
  /** Nodes that nobody can connect to; another one answers for metadata. */
  readonly down: Set<number>
  /** What connecting fails with. */
  refuseWith: Error | undefined
  /** Works on the requests that were lost for now. */
  deliverLate(): void
  /** From now on no producer id that was given out so far may send anything new (INVALID_PRODUCER_EPOCH). */
  fenceProducers(): void
  /** Every node asks to be left alone until then. */
  throttledUntil: number
  producerIdError: number
  readonly log: (topic: string, partition: number) => readonly StoredValue[]
  /** Partitions of each Produce request, in order of arrival. */
  readonly requests: string[][]
  readonly producerIds: number
  /** Sequences that were used for two different batches: always empty. */
  readonly reused: readonly string[]
}

const FIRST_NODE = 1
const NOT_LEADER = 6
const INVALID_EPOCH = 47

/** Kafka's side of idempotent produce (kafkajs page, rule 3) in memory, with faults to order. */
export function createScriptedCluster(topics: Readonly<Record<string, number>>): ScriptedCluster {
  const logs = new Map<string, Log>()
  const requests: string[][] = []
  const reused: string[] = []
  let producerIds = 0
  let fencedIds = 0
  const late: (() => void)[] = []

  const logOf = (topic: string, partition: number): Log => {
    const key = `${topic}/${partition}`
    const log = logs.get(key) ?? { stored: [], producers: new Map(), used: new Map() }
    logs.set(key, log)
    return log
  }

  function append(topic: string, partition: number, frame: Buffer): Appended {
    const { id, base, values } = readFrame(frame)
    const log = logOf(topic, partition)
    const digest = createHash('sha1').update(frame).digest('hex')
    const slot = `${id}/${base}`
    if (log.used.has(slot) && log.used.get(slot) !== digest) reused.push(`${topic}/${partition} ${slot}`)
    const state = log.producers.get(id) ?? { next: base, recent: [] } // an unknown producer may begin anywhere
    const known = state.recent.find((one) => one.base === base && one.count === values.length)
    // The broker fills the time field of a duplicate from the batch, whoever stamps the topic.
    if (known !== undefined) return { errorCode: 0, baseOffset: known.offset, logAppendTime: 123 }
    if (id <= BigInt(fencedIds)) return { errorCode: INVALID_EPOCH, baseOffset: -1n, logAppendTime: -1 }
    if (base !== state.next) return { errorCode: 45, baseOffset: -1n, logAppendTime: -1 }
    log.used.set(slot, digest)
    const offset = BigInt(log.stored.length)
    for (const [index, value] of values.entries())
      log.stored.push({ value, offset: offset + BigInt(index), producerId: id })
    state.next = (base + values.length) % 2 ** 31
    state.recent.push({ base, count: values.length, offset })
    if (state.recent.length > 5) state.recent.shift()
    log.producers.set(id, state)
    return { errorCode: 0, baseOffset: offset, logAppendTime: cluster.appendTime ?? -1 }
  }

  async function produce(
    nodeId: number,
    request: ProduceRequest,
  ): Promise<{ throttleTimeMs: number; partitions: ProducedPartition[] }> {
    const all = request.topics.flatMap(({ topic, partitions }) => partitions.map((one) => ({ topic, ...one })))
    requests.push(all.map(({ topic, partition }) => `${topic}/${partition}`))
    await cluster.gate
    const faults = all.map(({ topic, partition, batch }) => cluster.fault(topic, partition, readFrame(batch).values))
    if (!cluster.isReachable || faults.includes('lost-before-append')) throw new Error('connection lost')
    if (faults.includes('lost-for-now')) {
      late.push(() => {
        for (const { topic, partition, batch } of all) {
          if (leaderOf(topic, partition) === nodeId) append(topic, partition, batch)
        }
      })
      throw new Error('connection lost')
    }
    const partitions = all.map(({ topic, partition, batch }, index): ProducedPartition => {
      const fault = faults[index]
      const partitionExists = partition < (cluster.topics.get(topic) ?? 0)
      const isLeader = leaderOf(topic, partition) === nodeId
      const refused = typeof fault === 'number' ? fault : !partitionExists ? 3 : isLeader ? 0 : NOT_LEADER
      const appended: Appended =
        refused === 0 ? append(topic, partition, batch) : { errorCode: refused, baseOffset: -1n, logAppendTime: -1 }
      const late = fault === 'stored-then-20' ? 20 : fault === 'stored-then-6' ? NOT_LEADER : 0
      const code = appended.errorCode === 0 ? late : appended.errorCode
      return { topic, partition, ...appended, errorCode: code, logStartOffset: 0n }
    })
    await cluster.delay()
    if (faults.includes('lost-after-append')) throw new Error('answer lost')
    return { throttleTimeMs: 0, partitions }
  }

  const leaderOf = (topic: string, partition: number): number =>
    cluster.leaders.get(`${topic}/${partition}`) ?? FIRST_NODE

  async function ask({ apiName }: WireRequest<unknown>): Promise<unknown> {
    if (!cluster.isReachable) throw new Error('connection refused')
    if (apiName === 'InitProducerId') {
      if (cluster.producerIdError !== 0) return { errorCode: cluster.producerIdError, producerId: -1n, epoch: -1 }
      producerIds += 1
      return { errorCode: 0, producerId: BigInt(producerIds), epoch: 0 }
    }
    await cluster.metadataDelay()
    const leadersOf = (topic: string, count: number): number[] =>
      Array.from({ length: count }, (_, partition) => leaderOf(topic, partition))
    const found = [...cluster.topics].map(([topic, count]) => ({
      topic,
      errorCode: 0,
      leaders: leadersOf(topic, count),
    }))
    const missing = ['missing', 'deleted'].filter((topic) => !cluster.topics.has(topic))
    return { nodes: [], topics: [...found, ...missing.map((topic) => ({ topic, errorCode: 3, leaders: [] }))] }
  }

  const linkTo = (nodeId: number): BrokerLink => ({
    address: `node-${nodeId}:9092`,
    speaks: () => 3,
    get throttledUntil() {
      return cluster.throttledUntil
    },
    // The answers above are what these two requests decode to.
    ask: (request) => ask(request) as Promise<never>,
    produce: (request) => produce(nodeId, request),
  })
  const cluster: ScriptedCluster & { gate: Promise<void> | undefined } = {
    topics: new Map(Object.entries(topics)),
    leaders: new Map(),
    fault: () => undefined,
    gate: undefined,
    delay: () => undefined,
    metadataDelay: () => undefined,
    appendTime: undefined,
    isReachable: true,
    down: new Set(),
    refuseWith: undefined,
    deliverLate() {
      for (const work of late.splice(0)) work()
    },
    fenceProducers() {
      fencedIds = producerIds
    },
    throttledUntil: 0,
    producerIdError: 0,
    requests,
    reused,
    log: (topic, partition) => logOf(topic, partition).stored,
    get producerIds() {
      return producerIds
    },
    links: {
      learn: () => undefined,
      add: () => undefined,
      standing: (nodeId) =>
        cluster.isReachable && cluster.refuseWith === undefined && !cluster.down.has(nodeId)
          ? linkTo(nodeId)
          : undefined,
      connect: async (nodeId) => connected(nodeId),
      connectAny: async () => connected(FIRST_NODE),
      close: () => undefined,
    },
  }
  const connected = (nodeId: number): BrokerLink => {
    if (cluster.refuseWith !== undefined) throw cluster.refuseWith
    if (!cluster.isReachable) throw new Error('connection refused')
    if (cluster.down.has(nodeId)) throw new Error(`node ${nodeId} is down`)
    return linkTo(nodeId)
  }
  return cluster
}

function readFrame(frame: Buffer): { readonly id: bigint; readonly base: number; readonly values: readonly string[] } {
  const header = readBatchHeader(frame, 0)
  if (header === undefined) throw new Error('not a whole batch')
  const records: RawRecord[] = []
  const window = { batchDelta: 0, fromDelta: 0 }
  decodeRecords(header, readRecordBytes(header, defaultDecodeLimits), window, defaultDecodeLimits, records)
  return { id: header.producerId, base: frame.readInt32BE(53), values: records.map(({ value }) => String(value)) }
}
