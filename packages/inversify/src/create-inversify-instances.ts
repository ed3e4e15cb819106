import { inspect } from 'node:util'
import {
  type ConsumerClass,
  fail,
  type HandlerInstances,
  type InstanceBinding,
  type MessageScope,
  type ProducerSource,
} from '@millrace/core'
import { Container } from 'inversify'
import { checkInjection } from './check-injection.js'
import { type Binding, bindingsOf, requestBindingsOf } from './container-bindings.js'
import { newable } from './newable.js'
import { onAskedProducer } from './producer-of.js'

/**
 * Handler instances from an inversify container, which stays the caller's: the worker puts a container of its own in
 * front of it, so that two workers share nothing but what is bound in it.
 *
 * Consumer classes need not be bound. Each is constructed once, when the worker starts. A class in request scope,
 * `@injectable('Request')` or bound `.inRequestScope()`, is constructed per message instead, and so is everything in
 * request scope that it needs, once per message: `@preDestroy` methods run when the message is done, whatever its outcome.
 * That costs 30 to 110 microseconds per message. Transient scope, inversify's default, means one per resolution, and a
 * worker resolves once.
 *
 * What a class asks for by `producerOf` comes from the worker. A singleton that is bound in your container keeps the producer of
 * the worker that made it construct it first: bind such a service in the container of one worker only.
 *
 * `prepare` resolves every class, those of request scope too (and gives them back), so that what is missing is an error at start.
 */
export function createInversifyInstances(container: Container = new Container()): HandlerInstances {
  const own = new Container({ parent: container, defaultScope: 'Singleton' })
  const ready = new Map<ConsumerClass, InstanceBinding>()
  let forgetProducers = (): void => undefined

  /** In this container, not in the caller's: two workers on one container have producers of their own. */
  function bindProducers(producers: ProducerSource): void {
    forgetProducers()
    forgetProducers = onAskedProducer(({ identifier, topic, options }) => {
      if (own.isBound(identifier)) return
      own.bind(identifier).toDynamicValue(() => producers.producerOf(topic, options))
    })
  }

  async function prepare(consumers: readonly ConsumerClass[], producers?: ProducerSource): Promise<void> {
    if (producers !== undefined) bindProducers(producers)
    const classes = [...new Set(consumers)]
    const unbound = classes.filter((consumer) => !own.isBound(consumer))
    for (const consumer of unbound) {
      checkInjection(consumer)
      own.bind(newable(consumer)).toSelf()
    }
    const perMessage = requestBindingsOf(bindingsOf(own))
    for (const consumer of classes) ready.set(consumer, await resolve(consumer, perMessage))
  }

  async function resolve(consumer: ConsumerClass, perMessage: readonly Binding[]): Promise<InstanceBinding> {
    try {
      if (!isPerMessage(own, consumer)) return { kind: 'singleton', instance: await own.getAsync(newable(consumer)) }
      const open = (): Promise<MessageScope> => openScope(own, consumer, perMessage)
      await (await open()).close()
      return { kind: 'per-message', open }
    } catch (cause) {
      throw fail('MILLRACE_INJECT_FAILED', { className: consumer.name, reason: reasonOf(cause) }, { cause })
    }
  }

  return {
    prepare,
    bind(consumer) {
      const binding = ready.get(consumer)
      if (binding === undefined) {
        throw fail('MILLRACE_INJECT_FAILED', { className: consumer.name, reason: 'it was not prepared at start' })
      }
      return binding
    },
    async close() {
      forgetProducers()
      ready.clear()
      await own.unbindAllAsync()
    },
  }
}

const isPerMessage = (own: Container, consumer: ConsumerClass): boolean =>
  [...(bindingsOf(own).get(consumer) ?? [])].some(({ scope }) => scope === 'Request')

/** In the container of one message, what has request scope is a singleton: shared by all that need it, and deactivated with it. */
async function openScope(
  parent: Container,
  consumer: ConsumerClass,
  perMessage: readonly Binding[],
): Promise<MessageScope> {
  const scope = new Container({ parent })
  const bindings = bindingsOf(scope)
  for (const binding of perMessage) {
    bindings.set({ ...binding, scope: 'Singleton' })
  }
  const close = (): Promise<void> => scope.unbindAllAsync()
  try {
    return { instance: await scope.getAsync(newable(consumer)), close }
  } catch (error) {
    await close().catch(() => undefined) // the error of the construction is the one to report
    throw error
  }
}

/** inversify explains itself over several lines; an error message is one. */
function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : `it threw ${inspect(thrown, { depth: 1 })}`
  return text.replace(/\s+/g, ' ').trim().slice(0, 500)
}
