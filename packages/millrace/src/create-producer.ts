import {
  type AnyTopic,
  type ClosableProducer,
  createLazySender,
  createProducer as createCoreProducer,
  type Driver,
  fail,
  type Logger,
  producerOptions,
  type ProducerOptionsInput,
  resolveName,
  resolveOptions,
  type Sender,
} from '@millrace/core'
import { openSending } from './environment/open-sending.js'
import type { Env } from './environment/variables.js'
import type { KafkaOptions } from './kafka-options.js'

/** How a producer sends, and where. Where the environment says something else than an option, the environment counts. */
export interface ProducerOptions extends ProducerOptionsInput {
  readonly kafka?: KafkaOptions
  /** Put in front of the topic's name, as the worker's `topicPrefix` is. */
  readonly topicPrefix?: string
  readonly logger?: Logger
  /** Another driver instead of Kafka. The producer closes it. */
  readonly driver?: Driver
  readonly env?: Env
}

/**
 * Makes the producer of a topic, with connections of its own. It connects at the first `send`, and again at a later one
 * when that failed. Close it when its owner stops. Inside a worker inject `producerOf(topic)` instead: that one the worker closes.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID`, `MILLRACE_OPTIONS_INVALID`, each with all faults at once
 */
export function createProducer<T extends AnyTopic>(topic: T, options: ProducerOptions = {}): ClosableProducer<T> {
  const { kafka = {}, topicPrefix = '', logger, driver: given, env = process.env, ...plain } = options
  const { value, problems } = resolveOptions(producerOptions, plain, 'createProducer')
  if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })

  const sender = senderOn(openSending({ env, kafka, logger, driver: given }), value)
  const { deliveryTimeoutMs } = value
  const around = { env, deliveryTimeoutMs, ...(logger === undefined ? {} : { logger }) }
  return createCoreProducer(topic, topicPrefix + resolveName(topic.name, env), sender, around)
}

/** A sender that closes its driver with itself. */
function senderOn(driver: Driver, options: Parameters<Driver['openSender']>[0]): Sender {
  const sender = createLazySender(() => driver.openSender(options))
  let closing: Promise<void> | undefined
  const close: Sender['close'] = async (limits) => {
    try {
      await sender.close(limits)
    } finally {
      await driver.close()
    }
  }
  return {
    send: (record, signal) => sender.send(record, signal),
    flush: (limits) => sender.flush(limits),
    close: (limits) => (closing ??= close(limits)),
  }
}
