import type { AnyTopic } from '../declare/topic.js'
import type { ProducerSource } from '../declare/producer-source.js'
import { fail } from '../millrace-error.js'
import { resolveOptions } from '../option.js'
import { type ResolvedProducerOptions, producerOptions } from '../options.js'
import type { ProducerOptionsInput } from '../options-input.js'
import { createLazySender } from '../produce/lazy-sender.js'
import { type ClosableProducer, createProducer, type Producer, type ProducerSurroundings } from '../produce/producer.js'
import type { Sender } from '../produce/sender.js'
import type { Driver } from '../receive/driver.js'

export interface WorkerProducersParts extends Required<Pick<ProducerSurroundings, 'clock' | 'env' | 'logger'>> {
  readonly driver: Pick<Driver, 'openSender'>
  /** The name of a topic in the cluster. */
  readonly nameOf: (topic: AnyTopic) => string
}

/** The producers that the classes of one worker were given. */
export interface WorkerProducers extends ProducerSource {
  /** Names of the topics that somebody has a producer of. */
  readonly topics: readonly string[]
  /** Takes nothing more, flushes for so long, closes. Rejects with everything that went wrong. */
  close(timeoutMs: number): Promise<void>
}

/** One sender per set of options, opened at its first record; one producer per topic on it. */
export function createWorkerProducers({ driver, nameOf, ...around }: WorkerProducersParts): WorkerProducers {
  const senders = new Map<string, Sender>()
  const producers: ClosableProducer<AnyTopic>[] = []
  const topics = new Set<string>()

  function senderOf(options: ResolvedProducerOptions): Sender {
    const which = JSON.stringify(options)
    const known = senders.get(which)
    if (known !== undefined) return known
    const sender = createLazySender(() => driver.openSender(options))
    senders.set(which, sender)
    return sender
  }

  return {
    get topics() {
      return [...topics]
    },
    producerOf<T extends AnyTopic>(topic: T, given: ProducerOptionsInput = {}): Producer<T> {
      const { value: options, problems } = resolveOptions(producerOptions, given, 'producerOf')
      if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })
      const name = nameOf(topic)
      const { deliveryTimeoutMs } = options
      const producer = createProducer(topic, name, shared(senderOf(options)), { ...around, deliveryTimeoutMs })
      topics.add(name)
      producers.push(producer)
      return {
        send: (message, signal) => producer.send(message, signal),
        sendMany: (messages, signal) => producer.sendMany(messages, signal),
        flush: (limits) => producer.flush(limits),
      }
    },
    async close(timeoutMs) {
      const { clock } = around
      const endsAt = clock.now() + timeoutMs
      const takenIn = await Promise.allSettled(
        producers.map((one) => one.close({ timeout: `${Math.ceil(timeoutMs)}ms` })),
      )
      const limits = { timeoutMs: Math.max(0, endsAt - clock.now()) }
      const stored = await Promise.allSettled([...senders.values()].map((one) => one.close(limits)))
      const results = [...takenIn, ...stored]
      const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'producers')
    },
  }
}

/** Closing one producer waits for what it still encodes; the sender is closed with the last of them. */
const shared = (sender: Sender): Sender => ({
  send: (record, signal) => sender.send(record, signal),
  flush: (limits) => sender.flush(limits),
  close: () => Promise.resolve(),
})
