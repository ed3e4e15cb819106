import { KafkaRefusal, timedOut } from './kafka-refusal.js'
import { producerSettings } from './producer-settings.js'
import { clusterCommands } from './wire-admin.js'
import { type CommandContext, offsetsIn, type WireCall } from './wire-call.js'
import { createWireCluster, type WireCluster } from './wire-cluster.js'
import { fixturesIn } from './wire-fixture.js'
import { groupCommands } from './wire-groups.js'
import { pace } from './wire-pace.js'
import { openWireProducer, type RecordPlace, type WireProducer } from './wire-producer.js'
import { readTopic, tailTopic } from './wire-reading.js'
import { topicCommands } from './wire-topics.js'
import type { WireTransactions } from './wire-transaction.js'

/** One client of the probe. Its clusters and open transactions end with it. */
export interface ProbeSession {
  run(call: WireCall, sendPart: (part: readonly unknown[]) => void): Promise<unknown>
  close(): void
}

interface OpenProducer {
  readonly producer: WireProducer
  readonly cluster: WireCluster
}

/** A node that accepts and never answers, or one that is only just starting, costs one of several tries. */
const requestLimitOf = ({ timeoutMs }: WireCall): number => Math.min(timeoutMs / 2, 10_000)
const paceRequestLimitMs = 1000

export function createProbeSession(): ProbeSession {
  const closing = new AbortController()
  const admins = new Map<string, WireCluster>()
  const clusters = new Set<WireCluster>()
  const transactions = new Map<string, OpenProducer>()
  const producers = new Map<string, OpenProducer>()
  /** Readers that follow a topic, by a name of the client; aborted when they have seen enough. */
  const tails = new Map<string, AbortController>()

  const openCluster = (call: WireCall, requestLimitMs: number, clientId = 'millrace-probe'): WireCluster => {
    const cluster = createWireCluster({ bootstrap: call.bootstrap, clientId, requestLimitMs })
    clusters.add(cluster)
    return cluster
  }
  const closeCluster = (cluster: WireCluster): void => {
    clusters.delete(cluster)
    cluster.close()
  }
  const using = async <T>(cluster: WireCluster, work: (cluster: WireCluster) => Promise<T>): Promise<T> => {
    try {
      return await work(cluster)
    } finally {
      closeCluster(cluster)
    }
  }
  const admin = (call: WireCall): WireCluster => {
    const cluster = admins.get(call.bootstrap) ?? openCluster(call, requestLimitOf(call))
    admins.set(call.bootstrap, cluster)
    return cluster
  }
  const open = async ({ call, limit }: CommandContext, transactionalId: string | undefined): Promise<OpenProducer> => {
    const settings = producerSettings(call)
    const cluster = openCluster(call, requestLimitOf(call), settings.clientId)
    try {
      return { cluster, producer: await openWireProducer(cluster, settings, { transactionalId, limit }) }
    } catch (error) {
      closeCluster(cluster)
      throw error
    }
  }
  const tailOf = (call: WireCall): AbortController => {
    const tail = tails.get(call.text('tail')) ?? new AbortController()
    tails.set(call.text('tail'), tail)
    return tail
  }
  const producerOf = (call: WireCall): WireProducer => {
    const found = producers.get(call.text('producer'))
    if (found !== undefined) return found.producer
    throw new KafkaRefusal('IllegalStateException', `no producer ${call.text('producer')}`)
  }
  const take = (from: Map<string, OpenProducer>, name: string): OpenProducer | undefined => {
    const found = from.get(name)
    from.delete(name)
    return found
  }

  async function produce(context: CommandContext): Promise<unknown> {
    const { call, limit } = context
    const id = call.textOr('transactionalId', undefined)
    const opened = (id === undefined ? undefined : transactions.get(id)) ?? (await open(context, id))
    let staysOpen = false
    try {
      if (id !== undefined && !transactions.has(id)) opened.producer.transactions?.begin()
      const written = await opened.producer.send(call.text('topic'), fixturesIn(call), limit)
      const outcome = id === undefined ? 'open' : outcomeIn(call)
      staysOpen = id !== undefined && outcome === 'open'
      if (outcome !== 'open') await opened.producer.transactions?.end(outcome, limit)
      if (id !== undefined && staysOpen) transactions.set(id, opened)
      return written.map(asJson)
    } finally {
      if (!staysOpen) {
        if (id !== undefined) transactions.delete(id)
        closeCluster(opened.cluster)
      }
    }
  }

  const commands: Readonly<Record<string, (context: CommandContext) => Promise<unknown>>> = {
    read: (context) => using(openCluster(context.call, requestLimitOf(context.call)), (one) => readTopic(one, context)),
    tail: (context) =>
      using(openCluster(context.call, 10_000), (one) => tailTopic(one, context, tailOf(context.call).signal)).finally(
        () => tails.delete(context.call.text('tail')),
      ),
    endTail: async ({ call }) => void tailOf(call).abort(),
    produce,
    pace: (context) => using(openCluster(context.call, paceRequestLimitMs), (one) => pace(one, context)),
    async endTransaction({ call, limit }) {
      const id = call.text('transactionalId')
      const opened = take(transactions, id)
      if (opened === undefined) throw new KafkaRefusal('IllegalStateException', `no open transaction ${id}`)
      await using(opened.cluster, () => endOf(opened.producer.transactions, call, limit))
    },
    openProducer: async (context) =>
      void producers.set(context.call.text('producer'), await open(context, context.call.text('transactionalId'))),
    begin: async ({ call }) => producerOf(call).transactions?.begin(),
    send: async ({ call, limit }) =>
      (await producerOf(call).send(call.text('topic'), fixturesIn(call), limit)).map(asJson),
    async sendOffsets({ call, limit }) {
      const offsets = { group: call.text('group'), topic: call.text('topic'), offsets: offsetsIn(call, 'offsets') }
      await producerOf(call).transactions?.sendOffsets(offsets, limit)
    },
    end: ({ call, limit }) => endOf(producerOf(call).transactions, call, limit),
    async closeProducer({ call }) {
      const opened = take(producers, call.text('producer'))
      if (opened !== undefined) closeCluster(opened.cluster)
    },
  }

  return {
    async run(call, sendPart) {
      const late = AbortSignal.timeout(call.timeoutMs)
      const context = { call, limit: AbortSignal.any([late, closing.signal]), sendPart }
      const own = commands[call.command]
      if (own !== undefined) return own(context)
      const shared = topicCommands[call.command] ?? groupCommands[call.command] ?? clusterCommands[call.command]
      if (shared === undefined) throw new KafkaRefusal('IllegalArgumentException', `no such command: ${call.command}`)
      return shared(admin(call), context)
    },
    close() {
      closing.abort(timedOut('the client has gone'))
      for (const cluster of clusters) cluster.close()
    },
  }
}

function outcomeIn(call: WireCall): 'commit' | 'abort' | 'open' {
  const outcome = call.text('outcome')
  if (outcome === 'commit' || outcome === 'abort' || outcome === 'open') return outcome
  throw new KafkaRefusal('IllegalArgumentException', `no outcome ${outcome}`)
}

async function endOf(transactions: WireTransactions | undefined, call: WireCall, limit: AbortSignal): Promise<void> {
  await transactions?.end(call.text('outcome') === 'commit' ? 'commit' : 'abort', limit)
}

const asJson = ({ partition, offset }: RecordPlace): object => ({ partition, offset: offset.toString() })
