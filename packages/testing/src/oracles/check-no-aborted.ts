import type { Position } from '@millrace/core'
import type { RunLine } from '../harness/run-line.js'
import { placeOf, type Violation } from './evidence.js'

/** O9: no handler was given a record of an aborted transaction. `aborted` is what only a `read_uncommitted` reader sees. */
export function checkNoAborted(aborted: readonly Position[], lines: readonly RunLine[]): readonly Violation[] {
  const places = new Set(aborted.map(placeOf))
  const handled = lines.filter((line) => line.edge === 'start' && places.has(placeOf(line)))
  return handled.map((line) => ({
    oracle: 'O9',
    text: `${line.id} at ${placeOf(line)} was handled by ${line.worker}, although its transaction was aborted`,
  }))
}
