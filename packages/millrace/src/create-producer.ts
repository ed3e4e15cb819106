import {
  type AnyTopic,
  createProducer as createCoreProducer,
  type Driver,
  type Duration,
  fail,
  type Logger,
  type Producer as CoreProducer,
  producerOptions,
  type ProducerOptionsInput,
  resolveName,
  resolveOptions,
  toMs,
} from '@millrace/core'
import { openSending } from './environment/open-sending.js'
import type { Env } from './environment/variables.js'
import type { KafkaOptions } from './kafka-options.js'
import { createLazySender } from './lazy-sender.js'

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

/** Sends typed messages to one topic: idempotent, acks=all. `Producer<typeof Orders>` is the producer of that topic. */
export interface Producer<T> extends Pick<CoreProducer<T>, 'send'> {
  /**
   * Resolves when everything sent so far is answered. Default limit: the delivery timeout.
   * @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` with the number of unanswered records
   */
  flush(options?: { readonly timeout?: Duration }): Promise<void>
  /** Flushes, then closes its connections. Idempotent. */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}

/**
 * Makes the producer of a topic, with connections of its own. It connects at the first `send`, and again at a later one
 * when that failed. Close it when its owner stops.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID`, `MILLRACE_OPTIONS_INVALID`, each with all faults at once
 */
export function createProducer<T extends AnyTopic>(topic: T, options: ProducerOptions = {}): Producer<T> {
  const { kafka = {}, topicPrefix = '', logger, driver, env = process.env, ...plain } = options
  const { value, problems } = resolveOptions(producerOptions, plain, 'createProducer')
  if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })

  const sender = createLazySender(openSending({ env, kafka, logger, driver }), value)
  const producer = createCoreProducer(topic, topicPrefix + resolveName(topic.name, env), sender)
  return {
    send: (message, signal) => producer.send(message, signal),
    flush: (limits) => sender.flush(inMs(limits)),
    close: (limits) => sender.close(inMs(limits)),
  }
}

const inMs = ({ timeout }: { readonly timeout?: Duration } = {}): { readonly timeoutMs?: number } =>
  timeout === undefined ? {} : { timeoutMs: toMs(timeout) }
