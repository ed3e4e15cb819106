import { fail, type Lease, type LeaseCommit, silentLogger } from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import type { LeaseHolder, LeaseHolders } from '../../member/lease-holder.js'
import type { BrokerLink } from '../../produce/broker-links.js'
import { createScriptedCluster } from '../../produce/test-support/scripted-cluster.js'
import type { WireRequest } from '../../produce/wire-broker.js'
import { composeProducer } from '../compose-producer.js'
import type { AddedPartition } from '../requests/add-partitions.js'
import { codeOf } from './code-of.js'

/** What the next request of an API meets: a code in its answer, no answer, or nothing at all. */
export type Meets = number | 'lost' | 'silence'

/** What concerns one partition of AddPartitionsToTxn: its neighbours are not attempted. */
const OF_ONE = [3, 17, 29]

/** The answer about the partitions of `t` in this AddPartitionsToTxn: the code is that of partition 0. */
function addedBy(body: Buffer, code: number): AddedPartition[] {
  const at = 2 + 'tx'.length + 8 + 2 + 4 + 2 + 't'.length
  const asked = Array.from({ length: body.readInt32BE(at) }, (_, index) => body.readInt32BE(at + 4 + 4 * index))
  const others = asked.includes(0) && OF_ONE.includes(code) ? 55 : 0
  return asked.map((partition) => ({ topic: 't', partition, errorCode: partition === 0 ? code : others }))
}

/**
 * A transactional producer whose coordinators answer what they are told to, in a time that stands still. Batches are stored by the
 * scripted cluster of the send loop. Every InitProducerId gives another id, as every epoch begins its sequences at 0.
 */
export function scriptProducer({ transactionTimeoutMs = 15_000, versions = 7 } = {}) {
  const clock = createManualClock()
  const cluster = createScriptedCluster({ t: 3 })
  const asked: string[] = []
  /** The last of each API. */
  const bodies = new Map<string, Buffer>()
  const hooks = new Map<string, () => void>()
  const script = new Map<string, Meets[]>()
  /** What the group has committed for partition 0, and for others. */
  const group = { offset: -1n, others: new Map<number, bigint>() }
  /** Metadata. */
  const looked = { times: 0 }
  let ids = 0

  function answerTo({ apiName }: WireRequest<unknown>, code: number): unknown {
    if (apiName === 'AddPartitionsToTxn') return addedBy(bodies.get(apiName) ?? Buffer.alloc(0), code)
    if (apiName === 'FindCoordinator') return { errorCode: code, node: { nodeId: 1, host: 'node-1', port: 9092 } }
    if (apiName === 'InitProducerId') return { errorCode: code, producerId: BigInt((ids += 1)), epoch: 0 }
    if (apiName === 'OffsetFetch') {
      const others = [...group.others].map(([partition, offset]) => ({
        topic: 'source',
        partition,
        errorCode: 0,
        offset,
      }))
      const first = { topic: 'source', partition: 0, errorCode: code, offset: group.offset }
      return { errorCode: 0, partitions: [first, ...others] }
    }
    if (apiName !== 'TxnOffsetCommit') return code
    return [0, 1, 2].map((partition) => ({ topic: 'source', partition, errorCode: partition === 0 ? code : 0 }))
  }
  async function ask(link: BrokerLink, request: WireRequest<unknown>): Promise<unknown> {
    if (request.apiName === 'Metadata') {
      looked.times += 1
      return link.ask(request)
    }
    asked.push(request.apiName)
    bodies.set(request.apiName, request.encode(Math.max(...request.versions)))
    if (!cluster.isReachable) throw new Error('connection lost')
    const meets = script.get(request.apiName)?.shift() ?? 0
    if (meets === 'lost') throw new Error('connection lost')
    if (meets === 'silence') return new Promise(() => undefined)
    hooks.get(request.apiName)?.()
    hooks.delete(request.apiName)
    return answerTo(request, meets)
  }
  const around = (link: BrokerLink): BrokerLink => ({
    address: link.address,
    throttledUntil: 0,
    speaks: () => versions,
    ask: (request) => ask(link, request) as Promise<never>, // what these requests decode to
    produce: (request) => link.produce(request),
  })
  const { links } = cluster
  const holders: LeaseHolders = new WeakMap()
  const refused: number[] = []
  const held = { isHeld: true }
  const lease: Lease = {
    topic: 'source',
    partition: 0,
    epoch: 1,
    startOffset: 0n,
    isLive: true,
    pause: () => undefined,
    resume: () => undefined,
    seek: () => undefined,
  }
  const holder: LeaseHolder = {
    membership: { group: 'billing', memberId: 'member-1', generation: 1 },
    instanceId: undefined,
    assertHolds: () => {
      if (!held.isHeld) throw fail('MILLRACE_DRIVER_LEASE_ENDED', lease)
    },
    refused: (code) => void refused.push(code),
  }
  holders.set(lease, holder)
  const neighbour: Lease = { ...lease, partition: 1 }
  holders.set(neighbour, holder)
  const { producer, coordinators, epoch } = composeProducer({
    links: {
      ...links,
      standing: (nodeId) => {
        const link = links.standing(nodeId)
        return link === undefined ? undefined : around(link)
      },
      connect: async (nodeId) => around(await links.connect(nodeId)),
      connectAny: async () => around(await links.connectAny()),
    },
    clock,
    random: () => 0.5,
    logger: silentLogger,
    holders,
    partitioners: {},
    judge: async () => undefined,
    replicaTimeoutMs: 2_000,
    options: {
      transactionalId: 'tx',
      transactionTimeoutMs,
      deliveryTimeoutMs: 10_000,
      lingerMs: 5,
      maxBatchBytes: 64_000,
      maxBufferedBytes: 1_000_000,
      onFull: 'wait',
      compression: 'none',
    },
    closeClient: async () => undefined,
  })
  const send = (transaction: ReturnType<typeof producer.begin>, value: string, partition = 0): Promise<string> =>
    transaction.send({ topic: 't', partition, key: null, value: Buffer.from(value) }).then(() => 'stored', codeOf)
  /** One transaction with one record, and offset 5 of the lease if it is asked for. Time passes until it has ended. */
  async function transact(commits: readonly LeaseCommit[] = [], values: readonly string[] = ['a']) {
    const transaction = producer.begin()
    const sent = values.map((value) => send(transaction, value))
    let end: { readonly code: string; readonly cause?: unknown } | undefined
    transaction.commit(commits).then(
      () => (end = { code: 'committed' }),
      (error: unknown) => (end = { code: codeOf(error), cause: error instanceof Error ? error.cause : undefined }),
    )
    for (let left = 600; left > 0 && end === undefined; left -= 1) await clock.advance(100)
    return { code: end?.code, cause: end?.cause, sent: await Promise.all(sent) }
  }
  const values = (partition = 0) => cluster.log('t', partition).map(({ value }) => value)
  return {
    /** Runs when the next request of this API has been answered. */
    whenAnswered: (apiName: string, call: () => void) => void hooks.set(apiName, call),
    ...{
      clock,
      cluster,
      asked,
      group,
      held,
      looked,
      bodies,
      producer,
      coordinators,
      epoch,
      lease,
      refused,
      send,
      transact,
      values,
    },
    commits: [{ lease, offset: 5n }] as const,
    /** Offset 5 of two partitions of one member. */
    twoCommits: [
      { lease, offset: 5n },
      { lease: neighbour, offset: 5n },
    ] as const,
    meets: (apiName: string, ...what: Meets[]) => void script.set(apiName, what),
    count: (apiName: string) => asked.filter((one) => one === apiName).length,
  }
}
