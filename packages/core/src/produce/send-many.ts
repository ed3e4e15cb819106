import { fail, isMillraceError, type MillraceError } from '../millrace-error.js'
import { describeError, errorFrom } from '../observe/thrown.js'
import type { DeliveryReport } from './sender.js'

/** What became of each record that was sent together with others, in their order. */
export type DeliveryResults = readonly PromiseSettledResult<DeliveryReport>[]

/** The error of `sendMany`, code `MILLRACE_PRODUCE_PARTIAL`: some or all of the records failed. */
export interface PartialSendError extends MillraceError {
  readonly results: DeliveryResults
}

/** Whether something thrown is the error of `sendMany`, which holds one result per record. */
export const isPartialSend = (thrown: unknown): thrown is PartialSendError =>
  isMillraceError(thrown, 'MILLRACE_PRODUCE_PARTIAL') && 'results' in thrown

/**
 * Waits for all of them: a failed record takes no other with it.
 * @throws MillraceError `MILLRACE_PRODUCE_PARTIAL`, once each of them has its end
 */
export async function allStored(topic: string, sends: readonly Promise<DeliveryReport>[]): Promise<DeliveryReport[]> {
  const results = await Promise.allSettled(sends)
  const reports: DeliveryReport[] = []
  const errors: unknown[] = []
  for (const result of results) {
    if (result.status === 'fulfilled') reports.push(result.value)
    else errors.push(result.reason)
  }
  if (errors.length === 0) return reports
  const [cause] = errors
  const first = describeError(errorFrom(cause)).message
  const error = fail(
    'MILLRACE_PRODUCE_PARTIAL',
    { topic, failed: errors.length, total: sends.length, first },
    { cause },
  )
  throw Object.assign(error, { results })
}
