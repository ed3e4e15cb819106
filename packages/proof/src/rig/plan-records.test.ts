import { expect, test } from 'vitest'
import { planRecords } from './plan-records.js'

test('each key gets records of every kind: no partition is spared a kind, however few keys it has', () => {
  const kindsOf = new Map<string, Set<string>>()
  for (const { key, kind } of planRecords(100_000)) {
    kindsOf.set(key, (kindsOf.get(key) ?? new Set()).add(kind))
  }

  const incomplete = [...kindsOf].filter(([, kinds]) => kinds.size < 4).map(([key]) => key)

  expect(incomplete).toEqual([])
})
