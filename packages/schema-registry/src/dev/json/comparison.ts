import type { Difference } from '../schemas/difference.js'
import type { PlacedSchema } from './json-schema-document.js'

/** Where two schemas are compared, and how to go on inside them. */
export interface Comparison {
  readonly path: string
  inside(step: string): Comparison
  compare(reader: PlacedSchema, writer: PlacedSchema): Difference[]
  differ(kind: string, description: string): Difference
}
