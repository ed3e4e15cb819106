import { type Evidence, placeOf, type Violation } from './evidence.js'
import { settlementsOf } from './settlements.js'

/** O2: exactly the ok, transient and slow records were processed, exactly the permanent and poison ones dead-lettered. */
export function checkExpectedSets(evidence: Pick<Evidence, 'sent' | 'lines' | 'deadLetters'>): readonly Violation[] {
  const settled = settlementsOf(evidence)
  return evidence.sent.flatMap((record) => {
    const shouldPass = record.kind !== 'permanent' && record.kind !== 'poison'
    const isProcessed = settled.isProcessed(record)
    const isDeadLettered = settled.isDeadLettered(record)
    if (isProcessed === shouldPass && isDeadLettered !== shouldPass) return []
    const expected = shouldPass ? 'processed' : 'dead-lettered'
    const found = describe(isProcessed, isDeadLettered)
    const text = `${record.id} (${record.kind}) at ${placeOf(record)} should be ${expected}, but is ${found}`
    return [{ oracle: 'O2', text } as const]
  })
}

function describe(isProcessed: boolean, isDeadLettered: boolean): string {
  if (isProcessed && isDeadLettered) return 'both processed and dead-lettered'
  if (isProcessed) return 'processed'
  return isDeadLettered ? 'dead-lettered' : 'neither'
}
