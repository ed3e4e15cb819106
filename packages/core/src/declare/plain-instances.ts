import { fail } from '../millrace-error.js'
import { errorFrom } from '../observe/thrown.js'
import type { ConsumerClass } from './consumer-class.js'
import type { HandlerInstances } from './handler-instances.js'

/** Instances without a container: each class is constructed once, without arguments. */
export function createPlainInstances(): HandlerInstances {
  const instances = new Map<ConsumerClass, object>()
  return {
    async prepare(consumers) {
      for (const consumer of consumers) instances.set(consumer, construct(consumer))
    },
    bind(consumer) {
      const instance = instances.get(consumer) ?? construct(consumer)
      instances.set(consumer, instance)
      return { kind: 'singleton', instance }
    },
    async close() {
      instances.clear()
    },
  }
}

function construct(consumer: ConsumerClass): object {
  const className = consumer.name
  if (consumer.length > 0) {
    throw fail('MILLRACE_INJECT_FAILED', {
      className,
      reason: 'its constructor takes arguments, and no container was passed to the worker',
    })
  }
  try {
    return Reflect.construct(consumer, []) as object // `new` always gives an object
  } catch (cause) {
    throw fail('MILLRACE_INJECT_FAILED', { className, reason: errorFrom(cause).message }, { cause })
  }
}
