import type { ProbeRecord } from '@millrace/testing'
import type { DeliveryReport } from 'millrace'

type Read = Pick<ProbeRecord, 'partition' | 'key' | 'value' | 'offset'>

/**
 * Holds what was acknowledged against what is stored; values are the numbers of the calls. `mayHoldMore`: sends were rejected, of which
 * some may be stored all the same.
 */
export function judgeSent(
  reports: ReadonlyMap<string, DeliveryReport>,
  stored: readonly Read[],
  { mayHoldMore }: { readonly mayHoldMore: boolean },
): readonly string[] {
  const wrong: string[] = []
  const seen = new Map<string, Read>()
  const last = new Map<string, number>()
  for (const record of stored) {
    const value = String(record.value)
    if (seen.has(value)) wrong.push(`${value} is stored twice`)
    seen.set(value, record)
    if (!reports.has(value) && !mayHoldMore) wrong.push(`${value} is stored, and nobody was told`)
    const key = String(record.key)
    if (Number(value) < (last.get(key) ?? -1)) wrong.push(`${value} stands behind a later record of ${key}`)
    last.set(key, Number(value))
  }
  for (const [value, { partition, offset }] of reports) {
    const record = seen.get(value)
    if (record === undefined) wrong.push(`${value} was acknowledged and is lost`)
    else if (record.partition !== partition || (offset >= 0n && record.offset !== offset)) {
      wrong.push(`${value} was reported at ${partition}/${offset} and is at ${record.partition}/${record.offset}`)
    }
  }
  return wrong
}
