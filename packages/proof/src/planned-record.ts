import type { RecordKind } from '@millrace/testing'

/** What a record says about itself, and with that what its handler does. */
export interface PlannedMessage {
  /** `<kind>-<number>`: the id fixes what becomes of the record. */
  readonly id: string
  /** Its place among the records of its key, ascending. */
  readonly sequence: number
  /** Its handler waits until the test opens the gate. */
  readonly isGated: boolean
}

const kinds: readonly RecordKind[] = ['ok', 'transient', 'slow', 'permanent', 'poison', 'filter', 'fan-out']

/** The kind of an id; undefined for an id that is none of ours. */
export const kindOf = (id: string): RecordKind | undefined => kinds.find((kind) => id.startsWith(`${kind}-`))

/** Attempts that a record gets in all. */
export const maxAttempts = 3

/** How many attempts of a transient record fail before one succeeds: one or two, by its number. */
export const failuresOf = (id: string): number => 1 + (Number(id.slice(id.indexOf('-') + 1)) % 2)

/** @throws TypeError for a value that no test has planned. */
export function parsePlanned(value: unknown): PlannedMessage {
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  const [id, sequence] = [fields.get('id'), fields.get('sequence')]
  if (typeof id !== 'string' || typeof sequence !== 'number') throw new TypeError('the value is no planned message')
  return { id, sequence, isGated: fields.get('isGated') === true }
}
