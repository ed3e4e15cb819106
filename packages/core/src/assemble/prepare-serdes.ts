import type { Plan } from '../declare/plan.js'
import type { SerdeUse } from '../declare/serde.js'
import { serdeUsesOf } from '../declare/serde-uses.js'
import type { Clock } from '../observe/clock.js'
import { orAborted } from '../observe/or-aborted.js'
import { errorFrom } from '../observe/thrown.js'
import { within } from './within.js'

export interface SerdePreparation extends Pick<SerdeUse, 'env' | 'logger' | 'signal'> {
  readonly clock: Clock
  /** For all of them together: a serde that waits for ever must not hold up the start. */
  readonly limitMs: number
}

/**
 * Makes every serde of a plan ready. All are tried; the first failure is thrown, and the others are logged, so that one start tells all.
 * The signal ends the wait, whatever the serdes make of it.
 */
export const prepareSerdes = (plan: Plan, { clock, limitMs, ...around }: SerdePreparation): Promise<void> =>
  within({ what: 'preparing the serdes', limitMs, clock }, () => orAborted(prepareAll(plan, around), around.signal))

async function prepareAll(plan: Plan, around: Pick<SerdeUse, 'env' | 'logger' | 'signal'>): Promise<void> {
  const prepared = await Promise.allSettled(
    serdeUsesOf(plan).map(async ({ serde, topic, part, direction }) =>
      serde.prepare?.({ ...around, topic, part, direction }),
    ),
  )
  const [first, ...others] = prepared.filter((result) => result.status === 'rejected')
  for (const { reason } of others)
    around.logger.error({ err: errorFrom(reason) }, 'another serde could not be prepared')
  if (first !== undefined) throw first.reason
}
