import { type DeliveryReport, fail, type OutgoingRecord, systemClock } from '@millrace/core'
import type { ScriptedDriver } from '../../../scripted/scripted-driver.js'
import { asObject } from './bytes.js'
import type { Mutant } from './mutant.js'
import { mutateOutgoing, mutateSender } from './mutate-sender.js'

const never = new AbortController().signal
const isFree = ({ partition, key }: OutgoingRecord): boolean => partition === undefined && key === null

function hasPartition(driver: ScriptedDriver, topic: string, partition: number): boolean {
  try {
    return driver.endOffset(topic, partition) >= 0n
  } catch {
    return false // it throws for a partition that is not there
  }
}

const made = (topic: string): DeliveryReport => ({ topic, partition: 0, offset: 0n, timestamp: 0 })

export const sendingMutants: readonly Mutant[] = [
  {
    name: 'resolves for the hundredth record without storing it',
    breaks: 'acknowledged-is-stored',
    driver: mutateSender((sender) => {
      let count = 0
      return {
        async send(record, signal) {
          if (isFree(record)) count += 1
          return count === 100 ? made(record.topic) : sender.send(record, signal)
        },
      }
    }),
  },
  {
    name: 'stores the hundredth record twice',
    breaks: 'acknowledged-is-stored',
    driver: mutateSender((sender) => {
      let count = 0
      return {
        async send(record, signal) {
          if (isFree(record)) count += 1
          if (count === 100) await sender.send(record)
          return sender.send(record, signal)
        },
      }
    }),
  },
  {
    name: 'reports an offset that is one too high',
    breaks: 'acknowledged-is-stored',
    driver: mutateSender((sender) => ({
      async send(record, signal) {
        const report = await sender.send(record, signal)
        return { ...report, offset: report.offset + 1n }
      },
    })),
  },
  {
    name: 'sends a null value as an empty one',
    breaks: 'sent-bytes-are-exact',
    driver: mutateOutgoing(({ value }) => ({ value: value ?? Buffer.alloc(0) })),
  },
  {
    name: 'sends keys as text',
    breaks: 'sent-bytes-are-exact',
    driver: mutateOutgoing(({ key }) => ({ key: key === null ? null : Buffer.from(String(key)) })),
  },
  {
    name: 'keeps headers in an object on their way out',
    breaks: 'sent-headers-are-exact',
    driver: mutateOutgoing(({ headers = [] }) => ({ headers: asObject(headers) })),
  },
  {
    name: 'sends header names as text',
    breaks: 'header-names-of-any-bytes-travel',
    driver: mutateOutgoing(({ headers = [] }) => ({
      headers: headers.map(([name, value]) => [Buffer.from(String(name)), value]),
    })),
  },
  {
    name: 'stamps every record with the time of sending',
    breaks: 'sent-timestamps-are-exact',
    driver: mutateOutgoing(() => ({ timestamp: Date.now() })),
  },
  {
    name: 'stamps records without a time with the year 1970',
    breaks: 'sent-timestamps-are-exact',
    driver: mutateOutgoing(({ timestamp = 0 }) => ({ timestamp })),
  },
  {
    name: 'reports the time of the answer instead of what is stored',
    breaks: 'sent-timestamps-are-exact',
    driver: mutateSender((sender) => ({
      async send(record, signal) {
        return { ...(await sender.send(record, signal)), timestamp: Date.now() }
      },
    })),
  },
  {
    name: 'lets other records overtake the three hundredth',
    breaks: 'send-order-is-kept',
    driver: mutateSender((sender) => {
      let count = 0
      return {
        async send(record, signal) {
          count += 1
          if (count === 300) await systemClock.yield()
          return sender.send(record, signal)
        },
      }
    }),
  },
  {
    name: 'lets the key decide although a partition is named',
    breaks: 'an-explicit-partition-is-honoured',
    driver: mutateSender((sender) => ({
      send({ partition, ...record }, signal) {
        const named = partition === undefined || record.key !== null ? {} : { partition }
        return sender.send({ ...record, ...named }, signal)
      },
    })),
  },
  {
    name: 'adds the bytes of a key up for its partition',
    breaks: 'a-key-decides-as-in-java',
    driver: mutateSender((sender, world) => ({
      async send(record, signal) {
        const { topic, key, partition } = record
        if (key === null || partition !== undefined) return sender.send(record, signal)
        const count = (await world.driver.describeTopics([topic], never)).get(topic)?.partitions ?? 1
        return sender.send({ ...record, partition: key.reduce((sum, byte) => sum + byte, 0) % count }, signal)
      },
    })),
  },
  {
    name: 'takes the first partition for one that does not exist',
    breaks: 'an-unknown-partition-is-refused',
    driver: mutateSender((sender, { driver }) => ({
      send(record, signal) {
        const { topic, partition = 0 } = record
        const isUnknown = driver.topics().includes(topic) && !hasPartition(driver, topic, partition)
        return sender.send(isUnknown ? { ...record, partition: 0 } : record, signal)
      },
    })),
  },
  {
    name: 'creates a topic that it is to send to',
    breaks: 'an-unknown-topic-is-refused',
    driver: mutateSender((sender, { driver }) => ({
      async send(record, signal) {
        if (!driver.topics().includes(record.topic)) driver.createTopic(record.topic)
        return sender.send(record, signal)
      },
    })),
  },
  {
    name: 'fails the neighbour of a record that is too large',
    breaks: 'too-large-is-refused-alone',
    driver: mutateSender((sender) => {
      let isPoisoned = false
      return {
        async send(record, signal) {
          if (isPoisoned) throw fail('MILLRACE_PRODUCE_TIMED_OUT', { topic: record.topic, deliveryTimeoutMs: 1 })
          isPoisoned = record.value?.length === 5000 // the large one of the rule
          return sender.send(record, signal)
        },
      }
    }),
  },
  {
    name: 'flushes without waiting for the records that linger',
    breaks: 'flush-waits-for-all',
    driver: mutateSender((sender, _world, { lingerMs = 0 }) => {
      const open = new Set<Promise<unknown>>()
      return {
        async send(record, signal) {
          const lingering = lingerMs >= 200 ? systemClock.wait(20, never) : Promise.resolve()
          open.add(lingering)
          await lingering
          return sender.send(record, signal)
        },
        flush: async (limits) => (lingerMs >= 200 ? undefined : sender.flush(limits)),
        async close(limits) {
          await Promise.all(open)
          await systemClock.yield()
          await sender.close(limits)
        },
      }
    }),
  },
  {
    name: 'closes without sending the records that linger',
    breaks: 'close-sends-what-waits',
    driver: mutateSender((sender, _world, { lingerMs = 0 }) => {
      const open = new Set<Promise<unknown>>()
      return {
        async send(record, signal) {
          const lingering = lingerMs >= 200 ? systemClock.wait(20, never) : Promise.resolve()
          open.add(lingering)
          await lingering
          return sender.send(record, signal)
        },
        async flush(limits) {
          await Promise.all(open)
          await systemClock.yield()
          await sender.flush(limits)
        },
      }
    }),
  },
  {
    name: 'opens again when it is asked to send after close',
    breaks: 'a-closed-sender-refuses',
    driver: mutateSender((sender, { driver }) => {
      let isClosed = false
      return {
        async send(record, signal) {
          return isClosed ? (await driver.openSender()).send(record, signal) : sender.send(record, signal)
        },
        close(limits) {
          isClosed = true
          return sender.close(limits)
        },
      }
    }),
  },
  {
    name: 'sends although the signal has aborted',
    breaks: 'an-aborted-send-stores-nothing',
    driver: mutateSender((sender) => ({ send: (record) => sender.send(record) })),
  },
  {
    name: 'writes snappy that nobody else can read',
    breaks: 'every-compression-is-stored',
    driver: mutateOutgoing(({ value }, _world, { compression }) => ({
      value: compression === 'snappy' ? Buffer.from('?') : value,
    })),
  },
]
