import { describe, expect, it } from 'vitest'
import { createScriptedHarness } from './in-memory/scripted-harness.js'
import { conformanceRules } from './rules.js'
import { runRule } from './run-rule.js'
import { mutants } from './test-support/mutants/mutants.js'

// A suite proves something only if it turns red for a driver that is wrong: each mutant is wrong in one way, and the rule
// that is about it is the one that says so.

describe('the conformance rules', () => {
  it('have ids of their own', () => {
    expect(new Set(conformanceRules.map(({ id }) => id)).size).toBe(conformanceRules.length)
  })

  it('each have a mutant that they catch', () => {
    const caught = new Set(mutants.map(({ breaks }) => breaks))
    expect(conformanceRules.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([])
  })

  it.concurrent.each(mutants)(
    '$breaks and no other catches a driver that $name',
    async ({ driver, breaks, also = {} }) => {
      const failed = await Promise.all(
        conformanceRules.map(async (rule) => {
          const harness = createScriptedHarness({ wrap: driver, patienceMs: 1500 })
          const verdict = await runRule(rule, harness)
          return verdict.kind === 'failed' ? [`${rule.id}: ${String(verdict.error)}`] : []
        }),
      )
      const ids = failed.flat().map((line) => line.slice(0, line.indexOf(':')))
      expect(ids.toSorted(), failed.flat().join('\n')).toEqual([breaks, ...Object.keys(also)].toSorted())
    },
  )
})
