import type { Clock, Logger, MillraceError, SenderOptions, TransactionOptions } from '@millrace/core'
import type { LeaseHolders } from '../member/lease-holder.js'
import type { BrokerLinks } from '../produce/broker-links.js'
import type { PartitionChooser } from '../produce/partitioner.js'
import { SendLoop } from '../produce/send-loop.js'
import { createCallCoordinator } from './call-coordinator.js'
import { Coordinators } from './coordinators.js'
import { PartitionGate } from './partition-gate.js'
import { ProducerEpoch } from './producer-epoch.js'
import { TransactionalProducer } from './transactional-producer.js'

export interface ComposeProducerParts {
  readonly links: BrokerLinks
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly holders: LeaseHolders
  readonly partitioners: Readonly<Record<string, PartitionChooser>>
  /** The error for a fault of connecting that trying again would not help. */
  readonly judge: (fault: unknown) => Promise<MillraceError | undefined>
  readonly replicaTimeoutMs: number
  readonly options: SenderOptions & Pick<TransactionOptions, 'transactionalId' | 'transactionTimeoutMs'>
  /** Breaks the connections. */
  readonly closeClient: () => Promise<void>
}

export interface ComposedProducer {
  readonly producer: TransactionalProducer
  readonly coordinators: Coordinators
  readonly epoch: ProducerEpoch
  /** Aborts every wait of the producer. */
  readonly closing: AbortController
}

/** Puts a transactional producer together. It touches no network, and has no id yet. */
export function composeProducer(parts: ComposeProducerParts): ComposedProducer {
  const { links, clock, logger, random, holders, judge, options, closeClient } = parts
  const { transactionalId, transactionTimeoutMs, ...sending } = options
  const closing = new AbortController()
  const coordinators = new Coordinators({ links, judge })
  const call = createCallCoordinator({ coordinators, clock })
  const gate: PartitionGate = new PartitionGate({
    transactionalId,
    call,
    limitMs: sending.deliveryTimeoutMs,
    clock,
    wake: () => loop.wake(),
    refresh: () => loop.refresh(),
    refuse: (topic, partition, reason) => loop.refuse(topic, partition, reason),
  })
  const loop: SendLoop = new SendLoop({
    links,
    clock,
    logger,
    random,
    gate,
    options: sending,
    overrides: parts.partitioners,
    replicaTimeoutMs: parts.replicaTimeoutMs,
  })
  const epoch = new ProducerEpoch({
    call,
    producer: { transactionalId, transactionTimeoutMs },
    signal: closing.signal,
    onRenewed: ({ epoch: number }) => logger.debug({ transactionalId, epoch: number }, 'transactional id taken over'),
  })
  const disconnect = async (): Promise<void> => {
    loop.stop()
    await closeClient()
  }
  const own = { transactionalId, limitMs: transactionTimeoutMs, loop, gate, epoch, call }
  const producer = new TransactionalProducer({ ...own, holders, clock, closing, disconnect })
  return { producer, coordinators, epoch, closing }
}
