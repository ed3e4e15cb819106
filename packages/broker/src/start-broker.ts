import { assembleBroker } from './assemble-broker.js'
import type { BrokerOptions } from './broker-options.js'
import type { BrokerControl } from './control/broker-control.js'
import type { BrokerEvents } from './observe/broker-events.js'
import { resolveOptions } from './resolve-options.js'
import type { SocketFactory } from './server/memory-sockets.js'

/** A running broker, and what a test can do to it. */
export interface Broker extends BrokerControl {
  /** For a client's `brokers`: one address. Without TCP it is a name that only `socketFactory` understands. */
  readonly bootstrapServers: readonly string[]
  readonly host: string
  readonly port: number
  /** `host:port` of each listener that was asked for beside the first. */
  readonly listeners: Readonly<Record<string, string>>
  readonly nodeId: number
  readonly clusterId: string
  /** In-memory sockets to this broker: kafkajs takes it as its `socketFactory`. They work beside TCP and without it. */
  readonly socketFactory: SocketFactory
  readonly events: Pick<BrokerEvents, 'subscribe'>
  /** Ends every connection and timer. What it held is gone. Calling it again does nothing. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a broker and resolves once it listens and its topics are there.
 * @throws BrokerOptionsError (`code` BROKER_BAD_OPTIONS) with every problem of the options; Node's own error where the port is taken.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const resolved = resolveOptions(options)
  const parts = assembleBroker(resolved)
  const { events, topics, server } = parts
  if (options.onEvent !== undefined) events.subscribe(options.onEvent)
  for (const spec of resolved.topics) topics.create(spec)
  try {
    await server.start()
  } catch (error) {
    await parts.stop()
    throw error
  }

  const { host, port } = parts.address()
  const shownHost = host.includes(':') ? `[${host}]` : host
  const bootstrapServers = [`${shownHost}:${port}`]
  const listeners = Object.fromEntries(
    Object.entries(server.ports()).map(([name, own]) => [name, `${shownHost}:${own}`]),
  )
  events.emit({ kind: 'broker.started', bootstrapServers })

  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= parts.stop())
  return {
    ...parts.control,
    bootstrapServers,
    host,
    port,
    listeners,
    nodeId: resolved.nodeId,
    clusterId: parts.clusterId,
    socketFactory: server.socketFactory,
    events,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
