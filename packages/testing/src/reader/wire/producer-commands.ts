import { KafkaRefusal } from './kafka-refusal.js'
import { producerSettings } from './producer-settings.js'
import type { SessionClusters } from './session-clusters.js'
import { type CommandContext, offsetsIn, type WireCall } from './wire-call.js'
import type { WireCluster } from './wire-cluster.js'
import { fixturesIn } from './wire-fixture.js'
import { openWireProducer, type RecordPlace, type WireProducer } from './wire-producer.js'

type Command = (context: CommandContext) => Promise<unknown>

interface OpenProducer {
  readonly producer: WireProducer
  readonly cluster: WireCluster
}

/** Fixtures and transactions of one client of the probe; what is open ends with its clusters. */
export function producerCommands(clusters: SessionClusters): Readonly<Record<string, Command>> {
  /** By transactional id: one that a `produce` has left open. */
  const left = new Map<string, OpenProducer>()
  /** By a name of the client; several may have one transactional id. */
  const named = new Map<string, OpenProducer>()

  async function open({ call, limit }: CommandContext, transactionalId: string | undefined): Promise<OpenProducer> {
    const settings = producerSettings(call)
    const cluster = clusters.open(call, { clientId: settings.clientId })
    try {
      return { cluster, producer: await openWireProducer(cluster, settings, { transactionalId, limit }) }
    } catch (error) {
      clusters.close(cluster)
      throw error
    }
  }
  const producerOf = (call: WireCall): WireProducer => {
    const found = named.get(call.text('producer'))
    if (found !== undefined) return found.producer
    throw new KafkaRefusal('IllegalStateException', `no producer ${call.text('producer')}`)
  }

  return {
    async produce(context) {
      const id = context.call.textOr('transactionalId', undefined)
      if (id === undefined) {
        const { cluster, producer } = await open(context, id)
        return clusters.using(cluster, () => send(producer, context))
      }
      return produceInTransaction(context, { id, left, clusters, open })
    },
    async endTransaction({ call, limit }) {
      const opened = take(left, call.text('transactionalId'))
      if (opened === undefined) throw new KafkaRefusal('IllegalStateException', 'there is no open transaction')
      await clusters.using(opened.cluster, () => endOf(opened.producer, call, limit))
    },
    async openProducer(context) {
      const { call } = context
      named.set(call.text('producer'), await open(context, call.text('transactionalId')))
    },
    async begin({ call }) {
      producerOf(call).transactions?.begin()
    },
    send: async (context) => send(producerOf(context.call), context),
    async sendOffsets({ call, limit }) {
      const offsets = { group: call.text('group'), topic: call.text('topic'), offsets: offsetsIn(call, 'offsets') }
      await producerOf(call).transactions?.sendOffsets(offsets, limit)
    },
    end: async ({ call, limit }) => endOf(producerOf(call), call, limit),
    /** Leaves an open transaction to the broker, as a process that dies would. */
    async closeProducer({ call }) {
      const opened = take(named, call.text('producer'))
      if (opened !== undefined) clusters.close(opened.cluster)
    },
  }
}

async function produceInTransaction(
  context: CommandContext,
  parts: {
    readonly id: string
    readonly left: Map<string, OpenProducer>
    readonly clusters: SessionClusters
    open(context: CommandContext, transactionalId: string): Promise<OpenProducer>
  },
): Promise<readonly object[]> {
  const { id, left, clusters } = parts
  const { call, limit } = context
  const found = take(left, id)
  const opened = found ?? (await parts.open(context, id))
  let isOpen = false
  try {
    if (found === undefined) opened.producer.transactions?.begin()
    const written = await send(opened.producer, context)
    isOpen = call.text('outcome') === 'open'
    if (!isOpen) await endOf(opened.producer, call, limit)
    return written
  } finally {
    if (isOpen) left.set(id, opened)
    else clusters.close(opened.cluster)
  }
}

function take(from: Map<string, OpenProducer>, name: string): OpenProducer | undefined {
  const found = from.get(name)
  from.delete(name)
  return found
}

async function send(producer: WireProducer, { call, limit }: CommandContext): Promise<readonly object[]> {
  return (await producer.send(call.text('topic'), fixturesIn(call), limit)).map(asJson)
}

async function endOf({ transactions }: WireProducer, call: WireCall, limit: AbortSignal): Promise<void> {
  const outcome = call.text('outcome')
  if (outcome !== 'commit' && outcome !== 'abort') throw new KafkaRefusal('IllegalArgumentException', outcome)
  await transactions?.end(outcome, limit)
}

const asJson = ({ partition, offset }: RecordPlace): object => ({ partition, offset: offset.toString() })
