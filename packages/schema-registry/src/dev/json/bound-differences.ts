import type { Difference } from '../schemas/difference.js'
import { isSame, type JsonObject } from '../schemas/json-value.js'
import type { Comparison } from './comparison.js'

const upper = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties']
const lower = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties']

/** `maxLength` is MAX_LENGTH in the names of differences. */
const inCapitals = (keyword: string): string => keyword.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

/** Bounds that are tighter in the reader's schema, and patterns and the like that the writer did not promise. */
export function boundDifferences(reader: JsonObject, writer: JsonObject, at: Comparison): Difference[] {
  return [
    ...upper.flatMap((keyword) =>
      boundDifference(keyword, { reader, writer, at, isTighter: (one, other) => one < other }),
    ),
    ...lower.flatMap((keyword) =>
      boundDifference(keyword, { reader, writer, at, isTighter: (one, other) => one > other }),
    ),
    ...boundDifference('multipleOf', { reader, writer, at, isTighter: (one, other) => !Number.isInteger(other / one) }),
    ...['pattern', 'uniqueItems'].flatMap((keyword) => {
      const value = reader[keyword]
      if (value === undefined || value === false || isSame(value, writer[keyword])) return []
      const verb = writer[keyword] === undefined ? 'ADDED' : 'CHANGED'
      return [at.inside(keyword).differ(`${inCapitals(keyword)}_${verb}`, `the writer does not promise "${keyword}"`)]
    }),
  ]
}

interface Bound {
  readonly reader: JsonObject
  readonly writer: JsonObject
  readonly at: Comparison
  readonly isTighter: (reader: number, writer: number) => boolean
}

function boundDifference(keyword: string, { reader, writer, at, isTighter }: Bound): Difference[] {
  const [read, written] = [reader[keyword], writer[keyword]]
  if (typeof read !== 'number') return []
  const inside = at.inside(keyword)
  if (typeof written !== 'number')
    return [inside.differ(`${inCapitals(keyword)}_ADDED`, `the writer has no "${keyword}"`)]
  if (!isTighter(read, written)) return []
  const verb = keyword === 'multipleOf' ? 'CHANGED' : read < written ? 'DECREASED' : 'INCREASED'
  return [
    inside.differ(`${inCapitals(keyword)}_${verb}`, `the reader's ${read} is tighter than the writer's ${written}`),
  ]
}
