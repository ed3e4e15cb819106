import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import type { HostPort } from '../brokers/raw-request.js'
import type { ApiName } from './api-names.js'
import { createFaultPlan, type FaultPlan } from './fault-plan.js'
import type { Fault, FaultKind, Which } from './fault.js'
import { connectThrough, type ProxiedConnection } from './proxied-connection.js'
import type { Frame } from './unanswered.js'
import { createFrameWatch, type SeenFrame, type WatchOptions } from './watch-frames.js'

export interface DropOptions extends Which {
  readonly api: ApiName
  /** Default 1. */
  readonly times?: number
  /** Leaves the connection open: the client waits for an answer that never comes. Default: the connection is reset. */
  readonly silently?: boolean
}

/**
 * A TCP proxy in front of plaintext listeners of Kafka, which knows every request that passes and which answer is its.
 * `which` limits a fault to an API, a client id, a node. Bytes that a fault holds are delivered when it ends, as TCP
 * would: a request from before a black hole can reach the broker after it.
 */
export interface FaultProxy {
  /** `host:port` of the proxy by node. */
  readonly addresses: ReadonlyMap<number, string>
  /** Requests that came in from clients, by API, those that were held or swallowed among them. */
  readonly seen: ReadonlyMap<ApiName, number>
  /** Answers that came back from the broker, likewise. */
  readonly answered: ReadonlyMap<ApiName, number>
  /** Connections of clients that are open now. */
  readonly connections: number

  /** Resets the open connections. For one API: `nextRequest` with `hold`, then `cut()` of what was seen. */
  cut(which?: Omit<Which, 'api'>): Fault
  /** Connections are accepted and stay open, and nothing passes in either direction. */
  blackHole(which?: Which): Fault
  /** One direction is silent; by default that of the answers. */
  halfOpen(which?: Which & { readonly silent?: 'answers' | 'requests' }): Fault
  /** Every chunk passes so much later, in either direction. */
  delay(ms: number, which?: Which): Fault
  /** Per connection and direction. */
  throttle(bytesPerSecond: number, which?: Which): Fault
  /** New connections are reset as soon as they are made; open ones stay. */
  refuse(which?: Pick<Which, 'node'>): Fault
  /** The broker never sees the request, and the client does not know. */
  dropRequests(what: DropOptions): Fault
  /** The broker applies the request, and the client does not know. */
  dropAnswers(what: DropOptions): Fault

  /** Resolves when the next request of the API arrives from a client, before the broker sees it. */
  nextRequest(api: ApiName, signal: AbortSignal, options?: WatchOptions): Promise<SeenFrame>
  /** Resolves when the next answer of the API arrives from the broker, before the client sees it. */
  nextAnswer(api: ApiName, signal: AbortSignal, options?: WatchOptions): Promise<SeenFrame>
  /** Ends every fault and releases what is held; connections stay. */
  heal(): void
  /** Ends every connection and stops listening. Resolves when no socket and no timer of it is left; safe to call twice. */
  close(): Promise<void>
}

export interface FaultProxyOptions {
  readonly nodes: readonly number[]
  /** Where a node listens now; undefined where it is not known yet: then a connection is reset. */
  readonly brokerOf: (node: number) => HostPort | undefined
}

/** Listens on a free port of 127.0.0.1 for each node. It keeps the port until it is closed, whatever the broker does. */
export async function openFaultProxy({ nodes, brokerOf }: FaultProxyOptions): Promise<FaultProxy> {
  const plan = createFaultPlan()
  const watch = createFrameWatch()
  const open = new Set<ProxiedConnection>()
  const counts = { request: new Map<ApiName, number>(), answer: new Map<ApiName, number>() }

  const onFrame = (frame: Frame, connection: ProxiedConnection, ended: AbortSignal) => {
    const counted = counts[frame.direction]
    counted.set(frame.api, (counted.get(frame.api) ?? 0) + 1)
    return watch.meet(frame, connection, ended)
  }
  const accept = (node: number): Server =>
    createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const address = brokerOf(node)
      if (address === undefined || plan.refuses(node)) {
        client.on('error', () => undefined) // it is gone, as it should be
        client.resetAndDestroy()
        return
      }
      const broker = connect({ ...address, allowHalfOpen: true, noDelay: true })
      const connection = connectThrough({ node, client, broker, plan, onFrame, onPassed: (frame) => watch.pass(frame) })
      open.add(connection)
      void connection.closed.then(() => open.delete(connection))
    })

  const servers = nodes.map((node) => ({ node, server: accept(node) }))
  const addresses = new Map<number, string>()
  for (const { node, server } of servers) addresses.set(node, await listen(server))

  return {
    addresses,
    seen: counts.request,
    answered: counts.answer,
    get connections() {
      return open.size
    },
    ...faultsOf(plan, open),
    nextRequest: (api, signal, options) => watch.next('request', api, signal, options),
    nextAnswer: (api, signal, options) => watch.next('answer', api, signal, options),
    heal() {
      plan.heal()
      watch.releaseAll()
    },
    async close() {
      watch.close()
      plan.heal()
      const closed = servers.map(({ server }) => closeOf(server))
      for (const connection of open) connection.cut()
      await Promise.all([...closed, ...[...open].map((connection) => connection.closed)])
    },
  }
}

type Faults = Pick<
  FaultProxy,
  'cut' | 'blackHole' | 'halfOpen' | 'delay' | 'throttle' | 'refuse' | 'dropRequests' | 'dropAnswers'
>

function faultsOf(plan: FaultPlan, open: ReadonlySet<ProxiedConnection>): Faults {
  const drop = (direction: Frame['direction'], { times = 1, silently = false, ...which }: DropOptions) =>
    plan.add({ kind: 'drop', direction, times, silently }, which)
  const hold = (directions: Extract<FaultKind, { kind: 'hold' }>['directions'], which: Which | undefined) =>
    plan.add({ kind: 'hold', directions }, which)

  return {
    cut({ node, clientId } = {}) {
      const fault = plan.add({ kind: 'cut' })
      for (const connection of open) {
        if (node !== undefined && node !== connection.node) continue
        if (clientId !== undefined && clientId !== connection.clientId) continue
        connection.cut()
        fault.strike()
      }
      fault.end()
      return fault
    },
    blackHole: (which) => hold(['request', 'answer'], which),
    halfOpen: ({ silent = 'answers', ...which } = {}) => hold([silent === 'answers' ? 'answer' : 'request'], which),
    delay: (ms, which) => plan.add({ kind: 'delay', ms }, which),
    throttle: (bytesPerSecond, which) => plan.add({ kind: 'throttle', bytesPerSecond }, which),
    refuse: (which) => plan.add({ kind: 'refuse' }, which),
    dropRequests: (what) => drop('request', what),
    dropAnswers: (what) => drop('answer', what),
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address')
  return `127.0.0.1:${address.port}`
}

const closeOf = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve())) // an error only says that it was closed before
