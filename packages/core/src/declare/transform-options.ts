import { transformOptions as ownOptions } from '../options.js'
import type { TransformOptionsInput } from '../options-input.js'
import { type HandleOptions, handleOptions } from './handle-options.js'
import type { Sinks } from './transform-types.js'

/** All that `@Transform` and `transform` take beside `to`: what a handler takes, with another `delivery`, and more. */
export const transformOptions = { ...handleOptions, ...ownOptions } as const

/** Options of `@Transform` and `transform`. */
export interface TransformOptions<To extends Sinks = Sinks>
  extends Omit<HandleOptions, 'delivery'>,
    TransformOptionsInput {
  /** Where outputs go: one topic, or a list of them for handlers that call `ctx.produce`. On the worker's cluster, like the source. */
  readonly to: To
}
