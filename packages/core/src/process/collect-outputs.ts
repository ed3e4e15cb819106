import type { Handle } from './compose.js'
import type { Outputs } from './outputs.js'
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
    try {
      const returned = handle(message, context)
      if (isPromiseLike(returned)) return collected(outputs, returned)
      const collecting = outputs.collect(returned)
      return collecting === undefined ? returned : collected(outputs, returned, collecting)
    } catch (thrown) {
      outputs.discard()
      throw thrown
    }
  }

async function collected(outputs: Outputs, work: unknown, collecting?: Promise<undefined>): Promise<unknown> {
  try {
    const returned = await work
    await (collecting ?? outputs.collect(returned))
    return returned
  } catch (thrown) {
    outputs.discard()
    throw thrown
  }
}
