import type { HostPort } from '../../brokers/raw-request.js'
import { disconnected, isRetriable } from './kafka-refusal.js'
import { openWireConnection, type WireConnection } from './wire-connection.js'

export interface NodeConnectionsOptions {
  /** Where any node will do, these come first. */
  readonly entrances: readonly HostPort[]
  readonly clientId: string
  /** How long one use may take before its connection is given up; undefined: as long as whoever asks waits. */
  readonly requestLimitMs: number | undefined
}

/** One connection for each node: opened when the node is first needed, and anew when it has ended. */
export class NodeConnections {
  readonly #options: NodeConnectionsOptions
  /** By node id. */
  readonly #addresses = new Map<number, HostPort>()
  /** By `host:port`. */
  readonly #connections = new Map<string, Promise<WireConnection>>()

  constructor(options: NodeConnectionsOptions) {
    this.#options = options
  }

  /** Where a node is, as the cluster said last. */
  learn(id: number, at: HostPort): void {
    this.#addresses.set(id, at)
  }

  /**
   * `undefined`: any of them. A connection that does not answer is given up, so that the next request is not queued behind what
   * hangs.
   */
  async use<T>(
    node: number | undefined,
    signal: AbortSignal,
    work: (connection: WireConnection, limit: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const connection = await (node === undefined ? this.#toAny(signal) : this.#toNode(node, signal))
    const limit = this.#limited(signal)
    try {
      return await work(connection, limit)
    } catch (error) {
      if (!limit.aborted && !isRetriable(error)) throw error
      if (limit.aborted) connection.close()
      throw limit.aborted && !signal.aborted ? disconnected('no answer in time', error) : error
    }
  }

  close(): void {
    for (const opening of this.#connections.values()) opening.then((one) => one.close(), nobodyToClose)
    this.#connections.clear()
  }

  async #toAny(signal: AbortSignal): Promise<WireConnection> {
    const tried: unknown[] = []
    for (const at of [...this.#options.entrances, ...this.#addresses.values()]) {
      try {
        return await this.#to(at, this.#limited(signal))
      } catch (error) {
        tried.push(error)
        if (signal.aborted) throw error
      }
    }
    throw disconnected('no node can be reached', new AggregateError(tried))
  }

  async #toNode(id: number, signal: AbortSignal): Promise<WireConnection> {
    const at = this.#addresses.get(id)
    if (at === undefined) throw disconnected(`node ${id} is not known`)
    return this.#to(at, this.#limited(signal))
  }

  async #to(at: HostPort, signal: AbortSignal): Promise<WireConnection> {
    const key = `${at.host}:${at.port}`
    const { clientId } = this.#options
    const opening = this.#connections.get(key) ?? openWireConnection({ ...at, clientId }, signal)
    this.#connections.set(key, opening)
    try {
      const connection = await opening
      if (connection.isOpen) return connection
      this.#connections.delete(key)
      return await this.#to(at, signal)
    } catch (error) {
      this.#connections.delete(key)
      throw error
    }
  }

  #limited(signal: AbortSignal): AbortSignal {
    const { requestLimitMs } = this.#options
    return requestLimitMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(requestLimitMs)])
  }
}

const nobodyToClose = (): void => undefined
