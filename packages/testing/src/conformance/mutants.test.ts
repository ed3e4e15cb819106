import { describe, expect, it } from 'vitest'
import { createScriptedHarness } from './in-memory/scripted-harness.js'
import { conformanceRules } from './rules.js'
import { runRule } from './run-rule.js'
import type { Mutant } from './test-support/mutants/mutant.js'
import { mutants } from './test-support/mutants/mutants.js'

// A suite proves something only if it turns red for a driver that is wrong: each mutant is wrong in one way, and the rule
// that is about it is the one that says so.

const intended = ({ breaks, also = {} }: Mutant): string[] => [breaks, ...Object.keys(also)]

/** What the rules say that fail, by id. */
async function failing(ids: readonly string[], { driver }: Mutant, patienceMs: number): Promise<Map<string, string>> {
  const failed = new Map<string, string>()
  const run = async (id: string): Promise<void> => {
    const rule = conformanceRules.find((one) => one.id === id)
    if (rule === undefined) throw new Error(`there is no rule "${id}"`)
    const verdict = await runRule(rule, createScriptedHarness({ wrap: driver, patienceMs }))
    if (verdict.kind === 'failed') failed.set(id, String(verdict.error))
  }
  await Promise.all(ids.map(run))
  return failed
}

describe('the conformance rules', () => {
  it('have ids of their own', () => {
    expect(new Set(conformanceRules.map(({ id }) => id)).size).toBe(conformanceRules.length)
  })

  it('each have a mutant that they catch', () => {
    const caught = new Set(mutants.map(({ breaks }) => breaks))
    expect(conformanceRules.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([])
  })
})

// Where the driver itself is broken, a hundred mutants of it would say so one after the other.
const sound = await failing(
  conformanceRules.map(({ id }) => id),
  { name: 'is not broken', breaks: 'nothing', driver: ({ driver }) => driver },
  15_000,
)

// Apart from the others, so that a busy event loop is no reason to be caught.
describe.concurrent('the rule catches', () => {
  it.each(mutants)('$breaks: a driver that $name', async (mutant) => {
    const failed = await failing(intended(mutant), mutant, 500)
    expect([...failed.keys()].toSorted()).toEqual(intended(mutant).toSorted())
  })
})

describe.concurrent('no other rule minds', () => {
  it.each(mutants)('$breaks: a driver that $name', async (mutant) => {
    expect([...sound], 'the driver that the mutants are made of').toEqual([])
    const others = conformanceRules.map(({ id }) => id).filter((id) => !intended(mutant).includes(id))
    expect([...(await failing(others, mutant, 15_000))]).toEqual([])
  })
})
