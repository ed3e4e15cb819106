import { createVirtualClock } from '../../clock/virtual-clock.js'
import type { Marker } from '../../log/control-batch.js'
import type { BrokerEvent } from '../../observe/broker-events.js'
import { createProducerIds } from '../producer-ids.js'
import { createTransactionCoordinator, type TransactionSettings } from '../transaction-coordinator.js'

/** The least that a log is to a coordinator: which producers have open records in it, and the markers it got. */
export interface RecordedLog {
  readonly open: Set<bigint>
  readonly markers: Omit<Marker, 'now'>[]
  appendMarker(marker: Marker): bigint
  openTransactions(): { producerId: bigint }[]
}

function recordedLog(): RecordedLog {
  const open = new Set<bigint>()
  const markers: Omit<Marker, 'now'>[] = []
  return {
    open,
    markers,
    appendMarker({ now: _now, ...marker }) {
      open.delete(marker.producerId)
      markers.push(marker)
      return BigInt(markers.length - 1)
    },
    openTransactions: () => Array.from(open, (producerId) => ({ producerId })),
  }
}

/** A coordinator on a virtual clock, with the logs of `orders` 0 to 2 and groups that write down what they are told. */
export function coordinatorBench(config: Partial<TransactionSettings> = {}) {
  const clock = createVirtualClock({ startMs: 0 })
  const logs = new Map<string, RecordedLog>()
  for (const partition of [0, 1, 2]) logs.set(`orders/${partition}`, recordedLog())
  const outcomes: { groupId: string; producerId: bigint; committed: boolean }[] = []
  /** Groups in which offsets of producer id 0 wait. */
  const pending = new Set<string>()
  const events: BrokerEvent[] = []
  const coordinator = createTransactionCoordinator({
    clock,
    logOf: (topic, partition) => logs.get(`${topic}/${partition}`),
    groups: {
      endTransaction: (groupId, producerId, committed) => void outcomes.push({ groupId, producerId, committed }),
      describe: (groupId) => ({ pending: pending.has(groupId) ? [{ producerId: 0n }] : [] }),
    },
    config,
    newProducerId: createProducerIds(),
    emit: (event) => void events.push(event),
  })

  const logOf = (partition: number): RecordedLog => {
    const log = logs.get(`orders/${partition}`)
    if (log === undefined) throw new Error(`orders/${partition} is gone`)
    return log
  }
  const init = (transactionalId = 'tx', timeoutMs = 60_000) =>
    coordinator.initializeProducer({ transactionalId, timeoutMs })

  return { clock, coordinator, events, init, logOf, logs, outcomes, pending }
}

/** Partitions of `orders`. */
export const orders = (...partitions: number[]) => partitions.map((partition) => ({ topic: 'orders', partition }))
