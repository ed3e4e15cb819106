import {
  type Clock,
  fail,
  isMillraceError,
  type Logger,
  type MillraceError,
  producerOptions,
  resolveOptions,
  type SenderOptions,
  systemClock,
  type TransactionalSender,
  type TransactionOptions,
} from '@millrace/core'
import { plainError } from '../client/plain-error.js'
import { createRefusalWatch } from '../client/refusal-watch.js'
import type { LeaseHolders } from '../member/lease-holder.js'
import { NodeLinks } from '../produce/node-links.js'
import type { SenderClient } from '../produce/open-sender.js'
import type { PartitionChooser } from '../produce/partitioner.js'
import { brokerFactoryOf } from '../produce/wire-broker.js'
import { OFFSET_FETCH_VERSION } from '../wire/offset-fetch-request.js'
import { assertSpeaks } from './call-coordinator.js'
import { composeProducer } from './compose-producer.js'
import type { Coordinators } from './coordinators.js'
import { TXN_OFFSET_COMMIT_VERSION } from './requests/txn-offset-commit.js'
import { TransactionFault } from './transaction-fault.js'

export interface TransactionsParts {
  /** Called once. Touches no network. */
  readonly openClient: () => SenderClient
  readonly logger: Logger
  readonly holders: LeaseHolders
  readonly brokers: readonly string[]
  /** How long it may take until the id is this producer's, ms. */
  readonly connectLimitMs: number
  readonly partitioners?: Readonly<Record<string, PartitionChooser>>
  readonly clock?: Clock
  readonly random?: () => number
}

const CONNECT_TIMEOUT_MS = 10_000
/** What makes offsets safe (KIP-447). */
const NEEDED = [
  { apiKey: 28, apiName: 'TxnOffsetCommit', versions: [TXN_OFFSET_COMMIT_VERSION] },
  { apiKey: 9, apiName: 'OffsetFetch', versions: [OFFSET_FETCH_VERSION] },
] as const

/**
 * Opens a transactional producer: finds the coordinator of its id and takes the id over, so that a missing permission, brokers that
 * are too old, and whoever had the id before are dealt with here and not in the first transaction.
 *
 * A record has two thirds of the transaction time-out until it is stored, so that the transaction can still be ended by then.
 * @throws MillraceError as `Driver.openTransactions`, or the signal's reason.
 */
export async function openTransactions(
  parts: TransactionsParts,
  given: TransactionOptions,
  signal: AbortSignal,
): Promise<TransactionalSender> {
  signal.throwIfAborted()
  const { clock = systemClock, random = Math.random, logger, holders, brokers, connectLimitMs } = parts
  const { transactionalId, transactionTimeoutMs } = given
  const deliveryTimeoutMs = Math.floor((transactionTimeoutMs * 2) / 3)
  const requestTimeoutMs = Math.min(10_000, Math.max(1_000, deliveryTimeoutMs / 3))
  const client = parts.openClient()
  const createBroker = brokerFactoryOf(client.cluster)
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, requestTimeoutMs)
  const links = new NodeLinks({ createBroker, clock, random, connectTimeoutMs, requestTimeoutMs })
  const refusals = createRefusalWatch({ clock, explainClosed: client.explainClosed })
  const { producer, coordinators, epoch, closing } = composeProducer({
    links,
    clock,
    random,
    logger,
    holders,
    partitioners: parts.partitioners ?? {},
    judge: (fault) => refusals.judge(fault),
    // The broker gives up first, so that a slow replica costs an answer and not the connection.
    replicaTimeoutMs: Math.floor(requestTimeoutMs * 0.8),
    options: { ...sendingOptions(given), deliveryTimeoutMs, transactionalId, transactionTimeoutMs },
    closeClient: () => client.close(),
  })
  const callOff = (): void => {
    closing.abort(signal.reason)
    void producer.close() // never rejects
  }
  signal.addEventListener('abort', callOff, { once: true })
  try {
    await reachCoordinator(coordinators, clock, { transactionalId, brokers, connectLimitMs, signal: closing.signal })
    await epoch.renew()
  } catch (error) {
    await producer.close()
    signal.throwIfAborted()
    throw toStartError(error, transactionalId, brokers)
  } finally {
    signal.removeEventListener('abort', callOff)
  }
  return producer
}

interface Reach
  extends Pick<TransactionsParts, 'brokers' | 'connectLimitMs'>,
    Pick<TransactionOptions, 'transactionalId'> {
  readonly signal: AbortSignal
}

/** Connects to the coordinator of the id, and looks whether it is new enough. */
async function reachCoordinator(
  coordinators: Coordinators,
  clock: Clock,
  { transactionalId, brokers, connectLimitMs, signal }: Reach,
): Promise<void> {
  const endAtMs = clock.now() + connectLimitMs
  let pauseMs = 50
  for (let tries = 1; ; tries += 1) {
    try {
      const link = await coordinators.connect({ kind: 'transaction', key: transactionalId })
      for (const needed of NEEDED) assertSpeaks(link, needed)
      return
    } catch (cause) {
      if (cause instanceof TransactionFault) throw cause
      if (clock.now() + pauseMs >= endAtMs) throw unreachable(brokers, tries, cause)
    }
    await clock.wait(pauseMs, signal)
    signal.throwIfAborted()
    pauseMs = Math.min(pauseMs * 2, 1_000)
  }
}

const unreachable = (brokers: readonly string[], tries: number, cause: unknown): MillraceError =>
  fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: brokers.join(', '), tries }, { cause: plainError(cause) })

function toStartError(error: unknown, transactionalId: string, brokers: readonly string[]): unknown {
  if (!(error instanceof TransactionFault)) return error
  if (isMillraceError(error.cause)) return error.cause
  if (error.verdict !== 'refused') return unreachable(brokers, 1, error)
  const advice =
    error.code === INVALID_TRANSACTION_TIMEOUT ? ': transaction.max.timeout.ms of the brokers is lower' : ''
  const facts = { what: `transactional id "${transactionalId}"`, reason: `${error.message}${advice}` }
  return fail('MILLRACE_DRIVER_UNAUTHORIZED', facts, { cause: plainError(error) })
}

const INVALID_TRANSACTION_TIMEOUT = 50

type Sending = Omit<SenderOptions, 'deliveryTimeoutMs'>

function sendingOptions({ lingerMs, maxBatchBytes, compression }: TransactionOptions): Sending {
  const defaults = resolveOptions(producerOptions, {}, 'producer').value
  return {
    lingerMs: lingerMs ?? defaults.lingerMs,
    maxBatchBytes: maxBatchBytes ?? defaults.maxBatchBytes,
    compression: compression ?? defaults.compression,
    maxBufferedBytes: defaults.maxBufferedBytes,
    onFull: 'wait',
  }
}
