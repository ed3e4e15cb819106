import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaultError } from './fault-error.js'
import { type FaultPlan, faultPlan, parseFaultPlan } from './fault-plan.js'
import { on } from './on.js'
import { arbitraryRule } from './test-support/arbitrary-rule.js'
import { callOf } from './test-support/calls.js'

const problemsOf = (input: unknown): readonly string[] => {
  try {
    parseFaultPlan(input)
  } catch (error) {
    expect(error).toMatchObject({ name: 'FaultError', code: 'BROKER_BAD_PLAN' })
    return (error as FaultError).problems
  }
  return []
}

/** Runs the code that a plan prints, as a test would that it was pasted into. */
// oxlint-disable-next-line typescript/no-implied-eval
const run = (code: string): FaultPlan => new Function('on', 'faultPlan', `return ${code}`)(on, faultPlan) as FaultPlan

describe('faultPlan', () => {
  it('is printed as the code that makes it', () => {
    const plan = faultPlan([on('Produce').topic('orders').nth(3).dropAnswer(), on().clientId('a').delay('1s')], {
      seed: 7,
    })
    expect(String(plan)).toBe(
      [
        'faultPlan([',
        "  on('Produce').topic('orders').nth(3).dropAnswer(),",
        "  on().clientId('a').delay('1s'),",
        '], { seed: 7 })',
      ].join('\n'),
    )
    expect(String(faultPlan([]))).toBe('faultPlan([])')
  })

  it('replays from its text as from its data, whatever the rules', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRule, { maxLength: 4 }), fc.integer(), (rules, seed) => {
        const plan = faultPlan(
          rules.map((rule) => ({ rule, predicates: new Map() })),
          { seed },
        )
        expect(run(String(plan)).toJSON()).toEqual(plan.toJSON())
        expect(parseFaultPlan(JSON.stringify(plan)).toJSON()).toEqual(JSON.parse(JSON.stringify(plan)))
      }),
      { numRuns: 300 },
    )
  })

  it('needs the functions that it names', () => {
    const plan = faultPlan([
      on('Fetch')
        .when('late', () => true)
        .close(),
    ])
    expect(problemsOf(JSON.stringify(plan))).toEqual([
      `rule 1: the function behind when('late') was not given in "predicates"`,
    ])
    const read = parseFaultPlan(JSON.stringify(plan), { predicates: { late: (call) => call.clientId === 'b' } })
    expect(read.faults[0]?.predicates.get('late')?.(callOf('Fetch', {}, { clientId: 'b' }))).toBe(true)
  })

  it.each<[string, unknown, readonly (string | RegExp)[]]>([
    ['no JSON', '{', [/^no JSON: SyntaxError/]],
    ['no object', '[]', ['"seed" is no whole number', '"rules" is no list']],
    ['nothing', undefined, ['"seed" is no whole number', '"rules" is no list']],
    ['an unknown field', { seed: 1, rules: [], speed: 1 }, ['a plan has "seed" and "rules", and no "speed"']],
    ['a rule that is none', { seed: 1, rules: [7] }, [/^rule 1: means nothing here: 7/]],
    [
      'a rule without actions',
      { seed: 1, rules: [{ on: [] }] },
      [/^rule 1: means nothing here: .*"actions" are needed/],
    ],
    [
      'a rule that does nothing',
      { seed: 1, rules: [{ on: [], actions: [] }] },
      ['rule 1: nothing happens: "actions" is empty'],
    ],
    [
      'an API that is none',
      { seed: 1, rules: [{ on: ['Nope'], actions: [] }] },
      ['rule 1: means nothing here: on: ["Nope"]'],
    ],
    [
      'a fact that is none',
      { seed: 1, rules: [{ on: [], hurry: 1, actions: [] }] },
      ['rule 1: means nothing here: hurry: 1'],
    ],
    [
      'what every object has',
      { seed: 1, rules: [{ on: [], constructor: 1, actions: [] }] },
      ['rule 1: means nothing here: constructor: 1'],
    ],
    [
      'a fact of another type',
      { seed: 1, rules: [{ on: [], topic: 5, actions: [] }] },
      ['rule 1: means nothing here: topic: 5'],
    ],
    [
      'an action that is none',
      { seed: 1, rules: [{ on: [], actions: [{ kind: 'explode' }] }] },
      [/^rule 1: means nothing here: actions: .*explode/],
    ],
    [
      'an action without its time',
      { seed: 1, rules: [{ on: [], actions: [{ kind: 'delay' }] }] },
      [/actions: .*delay/],
    ],
    [
      'an action with more than it has',
      { seed: 1, rules: [{ on: [], actions: [{ kind: 'close', ms: 1 }] }] },
      [/actions: .*close/],
    ],
    [
      'an error that is none',
      { seed: 1, rules: [{ on: [], actions: [{ kind: 'error', error: 'toString' }] }] },
      [/actions: .*toString/],
    ],
    [
      'a rule that can never strike',
      { seed: 1, rules: [{ on: ['Fetch'], group: 'g', actions: [{ kind: 'close' }] }] },
      [/^rule 1: Fetch requests name no group/],
    ],
    [
      'more rules than a person writes',
      { seed: 1, rules: Array.from({ length: 10_001 }, () => ({ on: [], actions: [{ kind: 'close' }] })) },
      ['"rules" has more than 10000 entries'],
    ],
  ])('refuses %s', (_what, input, problems) => {
    const found = problemsOf(input)
    expect(found).toHaveLength(problems.length)
    for (const [index, problem] of problems.entries()) expect(found[index]).toMatch(problem)
  })

  it('names all problems of all rules at once', () => {
    expect(problemsOf({ seed: 'x', rules: [{ on: [], actions: [] }, 1] })).toHaveLength(3)
  })
})
