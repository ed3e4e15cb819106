import { expect, test } from 'vitest'
import { readAvro } from '../avro/read-avro.js'
import { type CompatibilityLevel, compatibilityLevels } from '../store/settings.js'
import { checkCompatibility } from './check-compatibility.js'

const schema = (type: string) => readAvro(JSON.stringify(type), [])
const earlier = ['int', 'long', 'float'].map((type, index) => ({ version: index + 1, schema: schema(type) }))

/** The version that a candidate does not get along with at each level. */
const verdicts = (type: string): Partial<Record<CompatibilityLevel, string>> =>
  Object.fromEntries(
    compatibilityLevels.flatMap((level) => {
      const [line] = checkCompatibility(level, schema(type), earlier).filter((one) => one.includes('oldSchemaVersion'))
      return line === undefined ? [] : [[level, line]]
    }),
  )

test.each<[string, string, Partial<Record<CompatibilityLevel, number>>]>([
  [
    'the widest type reads them all, and none of them reads it',
    'double',
    { FORWARD: 3, FORWARD_TRANSITIVE: 3, FULL: 3, FULL_TRANSITIVE: 3 },
  ],
  ['the last one again is read by itself only', 'float', { FORWARD_TRANSITIVE: 2, FULL_TRANSITIVE: 2 }],
  [
    'one before the last reads the first, and the last reads it',
    'long',
    { BACKWARD: 3, BACKWARD_TRANSITIVE: 3, FORWARD_TRANSITIVE: 1, FULL: 3, FULL_TRANSITIVE: 3 },
  ],
  [
    'the narrowest is read by all, and reads itself',
    'int',
    { BACKWARD: 3, BACKWARD_TRANSITIVE: 3, FULL: 3, FULL_TRANSITIVE: 3 },
  ],
])('%s: %s', (_what, type, found) => {
  expect(verdicts(type)).toEqual(
    Object.fromEntries(Object.entries(found).map(([level, version]) => [level, `{oldSchemaVersion: ${version}}`])),
  )
})

test('a first schema gets along with nothing', () => {
  for (const level of compatibilityLevels) expect(checkCompatibility(level, schema('int'), [])).toEqual([])
})
