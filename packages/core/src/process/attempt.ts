import type { InstanceBinding } from '../declare/handler-instances.js'
import type { MessageContext } from '../declare/message-context.js'
import type { HandlerTarget } from '../declare/plan.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { compose, type Handle } from './compose.js'
import { createDecodeMessage } from './decode-message.js'
import { failedOutcome } from './failed-outcome.js'
import { followRun } from './follow-run.js'
import type { HandlerRuntime } from './handler-runtime.js'
import { type Outcome, succeeded } from './outcome.js'
import { RunContext } from './run-context.js'

export type Attempt = (record: ReceivedRecord) => Outcome | Promise<Outcome>

/**
 * Makes the function that tries a record once: decode, middleware, handler, time limit. It never throws and never
 * rejects. A handler that answers synchronously costs no promise, no timer and no signal.
 */
export function createAttempt(runtime: HandlerRuntime, handle: Handle): Attempt {
  const { plan, tally } = runtime
  const decode = createDecodeMessage(plan.topic)
  const invoke = compose(plan.middleware, handle)
  const handled = (message: unknown, context: RunContext): unknown => {
    context.stage = 'handle'
    return invoke(message, context)
  }

  return (record) => {
    tally.attempts += 1
    const context = new RunContext(record, runtime)
    try {
      const message = decode(context)
      const result =
        message instanceof Promise ? message.then((value) => handled(value, context)) : handled(message, context)
      return isPromiseLike(result) ? followRun(result, context) : succeeded
    } catch (thrown) {
      return failedOutcome(thrown, context.stage)
    }
  }
}

/** The function behind a handler: as it was declared, or a method of the instance that the container provides. */
export function bindHandle(target: HandlerTarget, binding: InstanceBinding | undefined): Handle {
  if (target.kind === 'function') return target.handle as Handle // the plan's builder checked the types where it was declared
  if (binding === undefined) throw new TypeError(`no instance for ${target.consumer.name}`)
  const { method } = target
  if (binding.kind === 'singleton') {
    const { instance } = binding
    const call = methodOf(instance, method)
    return (message, context) => call.call(instance, message, context)
  }
  return async (message, context) => {
    const scope = await binding.open()
    try {
      return await methodOf(scope.instance, method).call(scope.instance, message, context)
    } finally {
      await scope.close()
    }
  }
}

type Method = (this: object, message: unknown, context: MessageContext) => unknown

function methodOf(instance: object, name: string | symbol): Method {
  const found: unknown = Reflect.get(instance, name)
  if (typeof found !== 'function')
    throw new TypeError(`${String(name)} is not a method of ${instance.constructor.name}`)
  return found as Method
}

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
