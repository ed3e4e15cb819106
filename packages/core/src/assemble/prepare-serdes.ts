import type { Plan } from '../declare/plan.js'
import type { SerdeUse } from '../declare/serde.js'
import { serdeUsesOf } from '../declare/serde-uses.js'
import { errorFrom } from '../observe/thrown.js'

/** Makes every serde of a plan ready. All are tried; the first failure is thrown, and the others are logged, so that one start tells all. */
export async function prepareSerdes(plan: Plan, around: Pick<SerdeUse, 'env' | 'logger' | 'signal'>): Promise<void> {
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
