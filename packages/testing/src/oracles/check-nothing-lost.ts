import { type Evidence, placeOf, type Violation } from './evidence.js'
import { settlementsOf } from './settlements.js'

/**
 * O1: what was acknowledged is what was processed or dead-lettered. Nothing is lost, and nothing appears that nobody
 * sent. `unknown` holds ids whose send was never answered: they may be there or not.
 */
export function checkNothingLost(
  evidence: Pick<Evidence, 'sent' | 'lines' | 'deadLetters'>,
  { unknown = [] }: { readonly unknown?: readonly string[] } = {},
): readonly Violation[] {
  const settled = settlementsOf(evidence)
  const ids = new Set([...evidence.sent.map(({ id }) => id), ...unknown])
  const places = new Set(evidence.sent.map(placeOf))

  const lost = evidence.sent
    .filter((record) => !settled.isProcessed(record) && !settled.isDeadLettered(record))
    .map(
      (record) => `lost: ${record.id} (${record.kind}) at ${placeOf(record)} was neither processed nor dead-lettered`,
    )
  const strangers = [
    ...new Set(settled.runs.filter(({ id }) => !ids.has(id)).map((run) => `${run.id} at ${placeOf(run)}`)),
  ].map((which) => `unknown: ${which} was handled, but nobody sent it`)
  const strangeLetters = evidence.deadLetters
    .filter(({ source }) => unknown.length === 0 && !places.has(placeOf(source)))
    .map(({ source }) => `unknown: a dead letter of ${placeOf(source)}, where nobody sent a record`)

  return [...lost, ...strangers, ...strangeLetters].map((text) => ({ oracle: 'O1', text }))
}
