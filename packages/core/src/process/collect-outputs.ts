import type { Handle } from './compose.js'
import { isPromiseLike } from './promise-like.js'
import type { RunContext } from './run-context.js'

/**
 * Ends a transform's run with its outputs, inside of middleware and of the scope of its instance: an async iterable is read
 * and an output is encoded while both are still there. What is answered is what the handler returned.
 */
export const collectOutputs =
  (handle: Handle<RunContext>): Handle<RunContext> =>
  (message, context) => {
    const { outputs } = context
    if (outputs === undefined) return handle(message, context)
    const failed = (thrown: unknown): never => {
      outputs.discard()
      throw thrown
    }
    const collect = (returned: unknown): unknown => {
      const collecting = outputs.collect(returned)
      return collecting === undefined ? returned : collecting.then(() => returned)
    }
    try {
      const returned = handle(message, context)
      const answer = isPromiseLike(returned) ? Promise.resolve(returned).then(collect) : collect(returned)
      return answer instanceof Promise ? answer.catch(failed) : answer
    } catch (thrown) {
      return failed(thrown)
    }
  }
