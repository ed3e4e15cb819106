import type { ConsumerClass } from '@millrace/core'
import type { Newable } from 'inversify'

/** A class of the plan as inversify wants it: core knows nothing of constructors, the container does. */
export const newable = (consumer: ConsumerClass): Newable<object> => consumer as Newable<object>
