import type { InstanceBinding, MessageScope } from '../declare/handler-instances.js'
import type { MessageContext } from '../declare/message-context.js'
import type { HandlerTarget } from '../declare/plan.js'
import { errorFrom } from '../observe/thrown.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { collectOutputs } from './collect-outputs.js'
import { compose, type Handle } from './compose.js'
import { createDecodeMessage, type DecodeMessage } from './decode-message.js'
import { failedOutcome } from './failed-outcome.js'
import { followRun } from './follow-run.js'
import type { HandlerRuntime } from './handler-runtime.js'
import type { Outcome } from './outcome.js'
import { outputRules, Outputs } from './outputs.js'
import { isPromiseLike } from './promise-like.js'
import { RunContext } from './run-context.js'

export type Attempt = (record: ReceivedRecord) => Outcome | Promise<Outcome>

/**
 * Makes the function that tries a record once: decode, middleware, handler, time limit. It never throws and never
 * rejects. A handler that answers synchronously costs no promise, no timer and no signal.
 */
export function createAttempt(
  runtime: HandlerRuntime,
  handle: Handle<RunContext>,
  decode: DecodeMessage = createDecodeMessage(runtime.plan.topic),
): Attempt {
  const { plan, tally } = runtime
  const rules = outputRules(plan)
  // Decoding or a middleware may outlive the attempt: a handler that starts then would run beside the next one.
  const begin = (message: unknown, context: RunContext): unknown => {
    context.throwIfOver()
    return handle(message, context)
  }
  const invoke = compose(plan.middleware, begin)
  const handled = (message: unknown, context: RunContext): unknown => {
    context.stage = 'handle'
    return invoke(message, context)
  }

  return (record) => {
    tally.attempts += 1
    const context = new RunContext(record, runtime)
    if (rules !== undefined) context.outputs = new Outputs(rules, context)
    try {
      const message = decode(context)
      const result =
        message instanceof Promise ? message.then((value) => handled(value, context)) : handled(message, context)
      if (isPromiseLike(result)) return followRun(result, context)
      const encoding = context.finish()
      return encoding === undefined ? context.succeeded() : followRun(encoding, context)
    } catch (thrown) {
      return failedOutcome(thrown, context.stage)
    }
  }
}

/** The function behind a handler: as it was declared, or a method of the instance that the container provides. */
export function bindHandle(target: HandlerTarget, binding: InstanceBinding | undefined): Handle<RunContext> {
  // The compiler checked the types where it was declared.
  if (target.kind === 'function') return collectOutputs(target.handle as Handle)
  if (binding === undefined) throw new TypeError(`no instance for ${target.consumer.name}`)
  const { method } = target
  if (binding.kind === 'singleton') {
    const { instance } = binding
    const call = methodOf(instance, method)
    return collectOutputs((message, context) => call.call(instance, message, context))
  }
  return async (message, context) => {
    const scope = await binding.open()
    let result: unknown
    try {
      context.signal.throwIfAborted() // it may have taken too long to open
      const { instance } = scope
      const call = collectOutputs(() => methodOf(instance, method).call(instance, message, context))
      result = await call(message, context)
    } catch (thrown) {
      await closeAfterFailure(scope, context)
      throw thrown
    }
    await scope.close() // its failure is the record's: what it had to finish is not done
    return result
  }
}

/** The failure of the handler is the one to report; that of the scope is logged beside it. */
async function closeAfterFailure(scope: MessageScope, { log }: MessageContext): Promise<void> {
  try {
    await scope.close()
  } catch (thrown) {
    log.error({ err: errorFrom(thrown) }, 'closing the scope of a failed message failed as well')
  }
}

type Method = (this: object, message: unknown, context: MessageContext) => unknown

function methodOf(instance: object, name: string | symbol): Method {
  const found: unknown = Reflect.get(instance, name)
  if (typeof found !== 'function')
    throw new TypeError(`${String(name)} is not a method of ${instance.constructor.name}`)
  return found as Method
}
