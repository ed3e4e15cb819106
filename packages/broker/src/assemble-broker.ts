import { type BrokerControl, createBrokerControl } from './control/broker-control.js'
import { createGroupCoordinator, type GroupCoordinator } from './groups/group-coordinator.js'
import { createMemoryBudget, type MemoryBudget } from './log/memory-budget.js'
import { PartitionLog } from './log/partition-log.js'
import { startRetention } from './log/retention.js'
import { type BrokerEvents, createBrokerEvents } from './observe/broker-events.js'
import { brokerConfigsOf } from './requests/broker-configs.js'
import { createHandlers } from './requests/handlers.js'
import type { ResolvedOptions } from './resolve-options.js'
import { type BrokerServer, createBrokerServer } from './server/broker-server.js'
import type { ConnectionLimits } from './server/connection.js'
import { createDispatch } from './server/dispatch.js'
import { createIds } from './server/ids.js'
import { createTopics, type Topics } from './topics/topics.js'
import { createProducerIds } from './transactions/producer-ids.js'
import { createTransactionCoordinator, type TransactionCoordinator } from './transactions/transaction-coordinator.js'

/** What a broker holds and decides, apart from how it is reached. */
interface State {
  readonly events: BrokerEvents
  readonly clusterId: string
  readonly memory: MemoryBudget
  readonly topics: Topics
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  hasPartition(topic: string, partition: number): boolean
}

/** One broker, put together and not yet listening. */
export interface BrokerParts extends State {
  readonly options: ResolvedOptions
  readonly server: BrokerServer
  readonly control: BrokerControl
  /** Where clients reach it: the port is known once it listens. */
  address(): { host: string; port: number }
  /** Ends connections, then everything that waits or would wake later. */
  stop(): Promise<void>
}

const limits: ConnectionLimits = {
  // Kafka's `socket.request.max.bytes`.
  maxFrameBytes: 100 * 1024 ** 2,
  maxQueuedBytes: 1024 ** 2,
  maxUnreadMs: 60_000,
}
const maxConnections = 10_000

/** Puts the parts together. Each knows only what it needs of the others; all of them are known here and nowhere else. */
export function assembleBroker(options: ResolvedOptions): BrokerParts {
  const { clock, tcp, host, port, listeners } = options
  const state = createState(options)
  const { events, topics, groups, transactions } = state
  const seed = options.seed ?? 0
  const controlled = createBrokerControl({ clock, seed, events, topics, groups, transactions, server: () => server })
  const address = (): { host: string; port: number } => ({ host: advertisedHost(options), port: server.port })
  const handlers = createHandlers({ ...options, ...state, brokerConfigs: brokerConfigsOf(options), address })
  const dispatch = createDispatch({ handlers, clock, events, faults: controlled.gate, observer: controlled.observer })
  const stopRetention = startRetention({ clock, logs: () => logsOf(topics) })
  const own = { tcp, host, port, listeners }
  const server = createBrokerServer({ ...own, maxConnections, limits, clock, dispatch, emit: events.emit })
  return {
    ...state,
    options,
    server,
    control: controlled.control,
    address,
    async stop() {
      controlled.close()
      stopRetention()
      await server.stop()
      groups.suspend()
      transactions.close()
      topics.close()
      events.emit({ kind: 'broker.stopped' })
    },
  }
}

function createState(options: ResolvedOptions): State {
  const { clock } = options
  const events = createBrokerEvents()
  const { emit } = events
  const ids = createIds(options.seed)
  const memory = createMemoryBudget({
    limitBytes: options.memoryLimitBytes,
    makeRoom: () => {
      const now = clock.now()
      for (const log of logsOf(topics)) log.enforceRetention(now)
    },
    onFull() {
      const limitBytes = options.memoryLimitBytes
      emit({ kind: 'memory.full', limitBytes })
      // Clients only hear of a storage error.
      process.emitWarning(
        `The logs of an embedded broker hold all that its memoryLimit allows (${limitBytes} bytes): records are refused`,
        { code: 'BROKER_MEMORY_FULL' },
      )
    },
  })
  const topics = createTopics({
    createLog: (at) => new PartitionLog({ ...at, budget: memory, events }),
    newTopicId: ids.kafkaUuid,
    emit,
    onDeleted: (topic) => groups.forgetTopic(topic),
  })
  const hasPartition = (topic: string, partition: number): boolean => topics.partition(topic, partition) !== undefined
  const groups = createGroupCoordinator({ clock, config: options.groups, hasPartition, newId: ids.uuid, emit })
  const transactions = createTransactionCoordinator({
    clock,
    logOf: (topic, partition) => topics.partition(topic, partition)?.log,
    groups,
    config: options.transactions,
    newProducerId: createProducerIds(),
    emit,
  })
  return { events, clusterId: ids.kafkaUuid(), memory, topics, groups, transactions, hasPartition }
}

function* logsOf(topics: Pick<Topics, 'all'>): Iterable<PartitionLog> {
  for (const { partitions } of topics.all()) for (const { log } of partitions) yield log
}

/** What clients are told: an address that listens everywhere is reached at home. Without TCP it is a name for socket factories. */
function advertisedHost({ tcp, host }: ResolvedOptions): string {
  if (!tcp) return 'memory'
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}
