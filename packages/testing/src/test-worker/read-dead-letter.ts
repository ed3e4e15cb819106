import type { Position } from '@millrace/core'
import type { StoredRecord } from '../scripted/scripted-topics.js'

/** A dead letter as a test looks at it. */
export interface ReadDeadLetter {
  /** The dead-letter topic. */
  readonly topic: string
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** As text; of a repeated name the last value, which is ours. */
  readonly headers: ReadonlyMap<string, string>
  /** Where the record came from. */
  readonly source: Position
  /** Why it is here: the header `error`. */
  readonly error: string
}

/** Undefined for a record that is no dead letter. */
export function readDeadLetter({ topic, partition, key, value, headers }: StoredRecord): ReadDeadLetter | undefined {
  const text = new Map(headers.map(([name, content]) => [name.toString('utf8'), content?.toString('utf8') ?? '']))
  const [sourceTopic, sourcePartition, sourceOffset, error] = [
    text.get('source-topic'),
    text.get('source-partition') ?? '',
    text.get('source-offset') ?? '',
    text.get('error'),
  ]
  const isPlace = /^\d+$/.test(sourcePartition) && /^\d+$/.test(sourceOffset)
  if (sourceTopic === undefined || error === undefined || !isPlace) return undefined
  const source = { topic: sourceTopic, partition: Number(sourcePartition), offset: BigInt(sourceOffset) }
  return { topic, partition, key, value, headers: text, source, error }
}
