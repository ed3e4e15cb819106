/** The full layer: any Kafka client on simulated connections to an embedded broker, all on the time of the schedule. */
import type { Driver, Position } from '@millrace/core'
import { type Broker, type Call, type Clock, type FaultKind, randomFaultPlan, startBroker } from '@millrace/broker'
import { decodeResponse, encodeRequest } from '@millrace/broker/protocol'
import type { Duplex } from 'node:stream'
import { encodeBatch, noProducer } from '../reader/wire/encode-batch.js'
import { createNetwork, type Network, type OpenBrokerEnd } from './network.js'
import { epochMs } from './own-time.js'
import type { SeenOffset, SimulatedCluster, SimulatedRecord } from './simulated-cluster.js'
import type { Actor, World } from './world.js'

export interface EmbeddedClusterOptions {
  readonly topics: Readonly<Record<string, number>>
  readonly driver: (address: string) => Driver
}

/** The address that a driver is given: its host is a name that only the schedule knows. */
const host = 'memory'

/** Whoever puts the records into the log is not part of what is searched. */
const ownClient = 'schedule'
const ofWorkers = 'it comes from a worker'
const isOfWorkers = ({ clientId }: Call): boolean => clientId !== ownClient
const timersOfBroker = 'timers of the broker'
/** Restarts have a fault of their own. */
const spoilt: readonly FaultKind[] = [
  ...(['error', 'delay', 'delayAnswer', 'throttle', 'close', 'dropAnswer', 'halfAnswer'] as const),
  ...(['forceRebalance', 'expireMember', 'holdMarkers'] as const),
]

const clockOf = (world: World, actor: Actor): Clock => ({
  now: () => epochMs + world.now,
  after(delayMs, call) {
    let isOff = false
    const guarded = (): void => {
      if (!isOff) call()
    }
    if (delayMs <= 0) {
      world.soon(actor, guarded)
      return () => void (isOff = true)
    }
    const task = world.after(actor, delayMs, { lane: timersOfBroker, label: `timer ${delayMs}` }, guarded)
    return () => {
      isOff = true
      task.isOver = true
    }
  },
})

export interface EmbeddedCluster extends SimulatedCluster {
  readonly network: Network
  readonly broker: Broker
}

export async function startEmbeddedCluster(
  world: World,
  { topics, driver }: EmbeddedClusterOptions,
): Promise<EmbeddedCluster> {
  const actor = world.actor('broker')
  const settings = {
    ...{ tcp: false, seed: 1, topics, clock: clockOf(world, actor) },
    groups: { minSessionTimeout: '100ms', initialRebalanceDelay: '0ms' },
    transactions: { reaperInterval: '500ms' },
  } as const
  const broker = await world.inside(actor, () => startBroker(settings))
  const address = { host, port: broker.port }
  const openBrokerEnd: OpenBrokerEnd = (onConnect) => broker.socketFactory({ ...address, onConnect })
  const network = createNetwork(world, actor, openBrokerEnd)
  const sender = createSender(world, actor, openBrokerEnd)
  const outages = createOutages(world, actor, { broker, sender })

  return {
    broker,
    network,
    driverOf: () => driver(`${host}:${broker.port}`),
    send: (record) =>
      outages.isUp()
        ? sender.send(record, () => broker.inspect.log(record.topic, record.partition ?? 0).endOffset)
        : undefined,
    ...seenIn(broker),
    ...harmTo(world, actor, { broker, network }),
    restart: outages.restart,
    async close() {
      const closing = world.inside(actor, () => broker.stop())
      await world.settle()
      await closing
    },
  }
}

/** What can be looked up at any time, and what is told. */
function seenIn(
  broker: Broker,
): Pick<SimulatedCluster, 'committed' | 'generation' | 'endOffset' | 'readable' | 'onCommit' | 'violations'> {
  const generationOf = (group: string): number => broker.inspect.group(group)?.generation ?? 0
  return {
    generation: generationOf,
    committed: (group, topic, partition) => broker.inspect.committed(group, topic, partition),
    endOffset: (topic, partition) => broker.inspect.log(topic, partition).endOffset,
    readable: (topic) =>
      broker.inspect.records(topic).map(({ partition, offset, key, value, headers }) => ({
        ...{ partition, offset, key, value },
        headers: headers.map((header) => [header.key, header.value?.toString() ?? ''] as const),
      })),
    onCommit(listener) {
      broker.events.subscribe((event) => {
        if (event.kind !== 'offsets.committed') return
        const { groupId: group, offsets } = event
        const generation = generationOf(group)
        for (const offset of offsets) listener({ group, ...offset, generation } satisfies SeenOffset)
      })
    },
    violations: () => [],
  }
}

/** What a schedule does to connections and to the broker, which stays up. */
function harmTo(
  world: World,
  actor: Actor,
  { broker, network }: Pick<EmbeddedCluster, 'broker' | 'network'>,
): Pick<SimulatedCluster, 'died' | 'cut' | 'rebalance' | 'holdMarkers' | 'spoilAnswers'> {
  const inBroker = (call: () => void): void => world.inside(actor, call)
  return {
    died(dead, lost) {
      for (const connection of network.connectionsOf(dead)) connection.abandon(lost)
    },
    cut(meant, lost) {
      for (const connection of network.connectionsOf(meant)) connection.cut(lost)
    },
    rebalance: () => inBroker(() => broker.inspect.groups.forEach(({ groupId }) => broker.forceRebalance(groupId))),
    holdMarkers: (ms) =>
      inBroker(() => {
        const release = broker.holdMarkers()
        world.after(actor, ms, { lane: timersOfBroker, label: 'markers go on' }, release)
      }),
    spoilAnswers: (seed) => {
      const { faults } = randomFaultPlan({ seed, count: 4, within: 10, kinds: spoilt })
      broker.faults.add(
        ...faults.map(({ rule, predicates }) => ({
          rule: { ...rule, when: ofWorkers },
          predicates: new Map([...predicates, [ofWorkers, isOfWorkers]]),
        })),
      )
    },
  }
}

interface OutageParts {
  readonly broker: Broker
  readonly sender: { close(): void }
}

/** The broker goes down with its log kept, and comes back after a while: one outage at a time. */
function createOutages(world: World, actor: Actor, { broker, sender }: OutageParts) {
  let isUp = true
  return {
    isUp: (): boolean => isUp,
    restart: (downMs: number): void => {
      if (!isUp) return
      isUp = false
      world.inside(actor, () => {
        sender.close()
        void broker.takeDown().then((up) =>
          world.after(actor, downMs, { lane: timersOfBroker, label: 'comes back' }, () => {
            void up().then(() => (isUp = true))
          }),
        )
      })
    },
  }
}

/** Puts records into the log at once, without a client and without a choice of the scheduler. */
function createSender(world: World, actor: Actor, open: OpenBrokerEnd) {
  let socket: Duplex | undefined
  let sent = 0
  const connect = (): Duplex => {
    const fresh = open(() => undefined)
    // What is refused is found by whoever looks at the log.
    fresh.on('error', () => undefined)
    fresh.on('data', (frame: Buffer) => {
      const { body } = decodeResponse('Produce', 7, frame.subarray(4))
      const refused = body.responses
        .flatMap((topic) => topic.partitionResponses)
        .find(({ errorCode }) => errorCode !== 0)
      if (refused !== undefined)
        throw new Error(`the broker refused a record of the schedule with ${refused.errorCode}`)
    })
    return fresh
  }
  return {
    send(record: SimulatedRecord, endOffset: () => bigint): Position {
      const { topic, partition = 0, key = null, value } = record
      const offset = endOffset()
      const bytes = {
        timestamp: BigInt(epochMs + Math.floor(world.now)),
        key: toBytes(key),
        value: toBytes(value),
        headers: [],
      }
      const records = encodeBatch([bytes], { producer: noProducer, codec: 'none', isTransactional: false })
      sent += 1
      const request = encodeRequest(
        'Produce',
        { apiVersion: 7, correlationId: sent, clientId: ownClient },
        {
          transactionalId: null,
          acks: 1,
          timeoutMs: 1_000,
          topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
        },
      )
      world.inside(actor, () => (socket ??= connect()).write(request))
      return { topic, partition, offset }
    },
    close(): void {
      socket?.destroy()
      socket = undefined
    },
  }
}

const toBytes = (value: string | Buffer | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value
