import {
  type Clock,
  fail,
  type Logger,
  producerOptions,
  resolveOptions,
  type Sender,
  type SenderOptions,
  systemClock,
} from '@millrace/core'
import type { ExplainClosed } from '../client/explain-closed.js'
import { NodeLinks } from './node-links.js'
import type { PartitionChooser } from './partitioner.js'
import { SendLoop } from './send-loop.js'
import { brokerFactoryOf } from './wire-broker.js'

/** Connections that belong to this sender alone. */
export interface SenderClient {
  /** A `Cluster` of kafkajs that nobody has connected and nobody else uses. */
  readonly cluster: object
  /** What a listener that closes our connections speaks. */
  readonly explainClosed?: ExplainClosed | undefined
  /** Breaks whatever is still open. */
  close(): Promise<void>
}

export interface SenderParts {
  /** Called once. Touches no network. */
  readonly openClient: () => SenderClient
  readonly logger: Logger
  /** By topic. */
  readonly partitioners?: Readonly<Record<string, PartitionChooser>>
  /** Default: the system's. */
  readonly clock?: Clock
  /** From 0 to below 1, for spreading and jitter. Default `Math.random`. */
  readonly random?: () => number
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Opens an idempotent sender with acks=all. It connects when the first record is sent and speaks to the cluster only while
 * records wait, so an unreachable cluster shows as rejected sends, not here. Records of one partition are stored in the order of
 * their `send` calls, through retries and leader moves. A stored duplicate is possible only for a record that was reported
 * as `MILLRACE_PRODUCE_UNKNOWN` and sent again by the caller.
 *
 * A record that finds no room in `maxBufferedBytes` waits for it, at most for its delivery time, and its caller's promise is all
 * that holds it; with `onFull: 'reject'` it is refused at once. A client that was never let in is told
 * `MILLRACE_DRIVER_UNAUTHORIZED` by its sends: at once where credentials, certificate or the kind of listener do not fit, after 15 s
 * where a listener closes every connection and does not say why. One that was let in before is tried again: credentials rotate.
 * @throws MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED` when kafkajs is not the version this was proven with.
 */
export async function openSender(parts: SenderParts, given: Partial<SenderOptions> = {}): Promise<Sender> {
  const { clock = systemClock, random = Math.random, logger, partitioners = {} } = parts
  const options = { ...defaultSenderOptions(), ...given }
  const client = parts.openClient()

  const requestTimeoutMs = requestTimeoutFor(options.deliveryTimeoutMs)
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, requestTimeoutMs)
  const createBroker = brokerFactoryOf(client.cluster)
  const links = new NodeLinks({ createBroker, clock, random, connectTimeoutMs, requestTimeoutMs })
  const loop = new SendLoop({
    links,
    explainClosed: client.explainClosed,
    clock,
    logger,
    random,
    options,
    overrides: partitioners,
    // The broker gives up first, so that a slow replica costs an answer and not the connection.
    replicaTimeoutMs: Math.floor(requestTimeoutMs * 0.8),
  })

  const end = async (timeoutMs: number | undefined): Promise<void> => {
    try {
      await loop.flush(timeoutMs)
    } finally {
      loop.stop()
      await client.close()
    }
  }
  let closing: Promise<void> | undefined
  return {
    send(record, signal) {
      if (closing !== undefined) return Promise.reject(fail('MILLRACE_PRODUCE_CLOSED', {}))
      if (signal?.aborted === true) return Promise.reject(signal.reason)
      return loop.send(record, signal)
    },
    flush: ({ timeoutMs } = {}) => loop.flush(timeoutMs),
    close({ timeoutMs } = {}) {
      return (closing ??= end(timeoutMs))
    },
  }
}

/** Several tries fit into the delivery time; a frozen leader costs one of them (K35). */
const requestTimeoutFor = (deliveryTimeoutMs: number): number =>
  Math.min(10_000, Math.max(1_000, deliveryTimeoutMs / 3))

function defaultSenderOptions(): SenderOptions {
  return resolveOptions(producerOptions, {}, 'producer').value
}
