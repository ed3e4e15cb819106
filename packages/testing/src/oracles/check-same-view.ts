import type { ReadRecord } from './check-outputs.js'
import type { Violation } from './evidence.js'

/**
 * O8 for a reader that was there during the faults: what it was given, in its order, is exactly what the log holds for a
 * `read_committed` reader afterwards. A record that was taken back, skipped, or given twice differs.
 */
export function checkSameView(
  afterwards: readonly ReadRecord[],
  during: readonly ReadRecord[],
  sink = 'output',
): readonly Violation[] {
  const place = ({ partition, offset }: ReadRecord): string => `${sink}[${partition}]@${offset}`
  const left = new Map(afterwards.map((record) => [place(record), record]))
  const given = new Set<string>()
  const last = new Map<number, bigint>()
  const strange = during.flatMap((record) => {
    const at = place(record)
    const known = left.get(at)
    const before = last.get(record.partition) ?? -1n
    last.set(record.partition, record.offset > before ? record.offset : before)
    const isAgain = given.has(at)
    given.add(at)
    if (isAgain) return [`a reader beside the faults was given ${at} again`]
    if (record.offset < before) return [`a reader beside the faults was given ${at} behind ${before}`]
    if (known === undefined) return [`a reader beside the faults was given ${at}, which was never committed`]
    if (isSame(known.key, record.key) && isSame(known.value, record.value)) return []
    return [`a reader beside the faults was given other bytes at ${at}`]
  })
  const missed = [...left.keys()].filter((at) => !given.has(at))
  return [...strange, ...missed.map((at) => `a reader beside the faults was never given ${at}`)].map((text) => ({
    oracle: 'O8',
    text,
  }))
}

const isSame = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other)
