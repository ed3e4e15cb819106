import type { AnyTopic, Producer, ProducerOptionsInput } from '@millrace/core'
import type { ServiceIdentifier } from 'inversify'

/** A producer that somebody asked for by `producerOf`. */
export interface AskedProducer {
  readonly identifier: symbol
  readonly topic: AnyTopic
  readonly options: ProducerOptionsInput
}

/** All of them: one per topic value and set of options, made where a class is declared. So there are as many as a program names. */
const asked: AskedProducer[] = []
const identifiers = new WeakMap<AnyTopic, Map<string, symbol>>()
const listeners = new Set<(producer: AskedProducer) => void>()

/**
 * What to inject for the producer of a topic: `@inject(producerOf(Orders)) private readonly orders: Producer<typeof Orders>`. The worker
 * that constructs the class binds it: the producer opens at its first record, shares connections and buffer with the worker's other
 * producers that have the same options, and is flushed and closed when the worker has drained. A binding of your own for
 * it, such as a test's, is left alone. The same topic and options give the same identifier each time.
 */
export function producerOf<T extends AnyTopic>(
  topic: T,
  options: ProducerOptionsInput = {},
): ServiceIdentifier<Producer<T>> {
  const which = JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const ofTopic = identifiers.get(topic) ?? new Map<string, symbol>()
  identifiers.set(topic, ofTopic)
  const known = ofTopic.get(which)
  if (known !== undefined) return known
  const name = typeof topic.name === 'string' ? topic.name : 'a topic whose name is in the environment'
  const identifier = Symbol(`producerOf(${name})`)
  ofTopic.set(which, identifier)
  const producer: AskedProducer = { identifier, topic, options }
  asked.push(producer)
  for (const listener of listeners) listener(producer)
  return identifier
}

/** Tells of every producer that was asked for, and of those to come, until the returned function is called. */
export function onAskedProducer(listener: (producer: AskedProducer) => void): () => void {
  listeners.add(listener)
  asked.forEach(listener)
  return () => listeners.delete(listener)
}
