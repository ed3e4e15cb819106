import type { Position, RawHeader } from '../receive/record.js'

/**
 * Where a record first stood, from the `source-*` headers of a dead letter. Undefined where they are missing or
 * malformed. Only to be believed on topics that millrace writes itself: anybody can forge them elsewhere.
 */
export function readOrigin(headers: readonly RawHeader[]): Position | undefined {
  const topic = lastText(headers, 'source-topic')
  const partition = lastText(headers, 'source-partition')
  const offset = lastText(headers, 'source-offset')
  if (!topic || partition === undefined || offset === undefined) return undefined
  if (!/^\d{1,10}$/.test(partition) || !/^\d{1,19}$/.test(offset)) return undefined
  return { topic, partition: Number(partition), offset: BigInt(offset) }
}

const lastText = (headers: readonly RawHeader[], name: string): string | undefined =>
  headers.findLast(([key]) => key.toString('latin1') === name)?.[1]?.toString('utf8')
