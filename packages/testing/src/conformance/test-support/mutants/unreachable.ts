import { fail } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { mutateSender } from './mutate-sender.js'

export const unreachableMutants: readonly Mutant[] = [
  {
    name: 'takes silence for an empty cluster',
    breaks: 'an-unreachable-cluster-is-said',
    driver: ({ driver }) => ({
      ...driver,
      describeTopics: (names, signal) => driver.describeTopics(names, signal).catch(() => new Map()),
    }),
  },
  {
    name: 'is not sure of a record that never left',
    breaks: 'a-delivery-has-an-end',
    driver: mutateSender((sender, _world, { deliveryTimeoutMs = 0 }) => ({
      send: (record, signal) =>
        sender.send(record, signal).catch((error: unknown) => {
          if (deliveryTimeoutMs === 0 || deliveryTimeoutMs > 200) throw error
          throw fail('MILLRACE_PRODUCE_UNKNOWN', { topic: record.topic, partition: 0, deliveryTimeoutMs })
        }),
    })),
  },
  {
    name: 'calls a flush done when its time is up',
    breaks: 'a-flush-says-what-is-left',
    driver: mutateSender((sender) => ({ flush: (limits) => sender.flush(limits).catch(() => undefined) })),
  },
  {
    name: 'forgets the records that are left when it closes',
    breaks: 'a-close-has-an-end',
    driver: mutateSender((sender) => {
      let isClosing = false
      const forget = (error: unknown): Promise<never> =>
        isClosing ? new Promise(() => undefined) : Promise.reject(error)
      return {
        send: (record, signal) => (isClosing ? sender.send(record, signal) : sender.send(record, signal).catch(forget)),
        async close(limits) {
          isClosing = true
          await sender.close(limits)
        },
      }
    }),
  },
]
