import { expect, it } from 'vitest'
import { judgeDifferences } from './judge-differences.js'
import type { KnownDifference } from './known-differences.js'

const difference = { script: 'a script', at: 'Fetch 11, begun', path: 'sessionId', kafka: 7, ours: 0 }
const row: KnownDifference = { what: 'w', reason: 'r', at: /^Fetch 11/, path: /^sessionId$/ }

it('takes a difference for known where script, step and field are those of a row', () => {
  expect(judgeDifferences([difference], [row])).toEqual({ unexplained: [], known: [row], stale: [] })
})

it.each([
  ['step', { ...row, at: /^Produce/ }],
  ['field', { ...row, path: /errorCode/ }],
  ['script', { ...row, script: /^another/ }],
])('does not where the %s is another one, and says that the row is stale', (_part, other) => {
  expect(judgeDifferences([difference], [other])).toEqual({ unexplained: [difference], known: [], stale: [other] })
})
