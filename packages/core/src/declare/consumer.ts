import type { ConsumerClass } from './consumer-class.js'
import { declarationOn } from './declarations.js'
import type { ConsumerOptions } from './handle-options.js'

/** The part of a TC39 `ClassDecoratorContext` that tells the two decorator modes apart. */
interface ClassContext {
  readonly kind: 'class'
}

/**
 * Makes a class a consumer: `@Consumer({ group: 'billing' })`. All classes of one group in one worker are one member of
 * the group, which subscribes to the topics of all their handlers. Works as a legacy and as a TC39 decorator; a derived
 * class inherits it. Wrong options are reported by `createWorker` (`MILLRACE_PLAN_INVALID`), together with all others.
 */
export const Consumer =
  (options: ConsumerOptions) =>
  (target: ConsumerClass, _context?: ClassContext): void => {
    declarationOn(target).consumer = options
  }
