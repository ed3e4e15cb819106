import type { Driver, OutgoingRecord, Sender, SenderOptions } from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'

/** A driver whose senders are broken as told. */
export const mutateSender =
  (change: (sender: Sender, world: InMemoryWorld, options: Partial<SenderOptions>) => Partial<Sender>) =>
  (world: InMemoryWorld): Driver => ({
    ...world.driver,
    async openSender(options) {
      const sender = await world.driver.openSender(options)
      const base: Sender = {
        send: (record, signal) => sender.send(record, signal),
        flush: (limits) => sender.flush(limits),
        close: (limits) => sender.close(limits),
      }
      return { ...base, ...change(base, world, options ?? {}) }
    },
  })

/** A driver that changes records on their way out. */
export const mutateOutgoing = (
  change: (record: OutgoingRecord, world: InMemoryWorld, options: Partial<SenderOptions>) => Partial<OutgoingRecord>,
) =>
  mutateSender((sender, world, options) => ({
    send: (record, signal) => sender.send({ ...record, ...change(record, world, options) }, signal),
  }))
