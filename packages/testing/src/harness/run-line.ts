import type { Position } from '@millrace/core'
import { parseObject } from './parse-object.js'

/** Which run of a handler a line is about. */
export interface RunFacts extends Position {
  /** What the record is, by its producer. */
  readonly id: string
  readonly key: string | null
  /** The place of the record among those of its key, ascending. */
  readonly sequence: number
  readonly attempt: number
  readonly worker: string
  readonly generation: number
}

/** One line of a run log: written before a handler works and before its promise settles. */
export interface RunLine extends RunFacts {
  readonly edge: 'start' | 'done' | 'threw'
  /** Milliseconds on the machine's monotonic clock: comparable between processes, untouched by clock jumps. */
  readonly timeMs: number
}

/** Now, on the clock of `RunLine.timeMs`. */
export const machineNowMs = (): number => Number(process.hrtime.bigint()) / 1e6

export const formatRunLine = ({ offset, ...line }: RunLine): string =>
  `${JSON.stringify({ ...line, offset: String(offset) })}\n`

/** Reads one line back. Undefined when it is not a run line. */
export function parseRunLine(text: string): RunLine | undefined {
  const line = parseObject(text)
  if (line === undefined) return undefined
  const { edge, id, key, sequence, topic, partition, offset, attempt, worker, generation, timeMs } = line
  const isWhole =
    (edge === 'start' || edge === 'done' || edge === 'threw') &&
    typeof id === 'string' &&
    (key === null || typeof key === 'string') &&
    typeof topic === 'string' &&
    typeof worker === 'string' &&
    typeof offset === 'string' &&
    /^\d+$/.test(offset)
  if (!isWhole) return undefined
  const numbers = [sequence, partition, attempt, generation, timeMs]
  if (!numbers.every((value) => typeof value === 'number')) return undefined
  const [sequenceRead = 0, partitionRead = 0, attemptRead = 0, generationRead = 0, timeRead = 0] = numbers
  return {
    edge,
    id,
    key,
    sequence: sequenceRead,
    topic,
    partition: partitionRead,
    offset: BigInt(offset),
    attempt: attemptRead,
    worker,
    generation: generationRead,
    timeMs: timeRead,
  }
}
