import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// The renderers are tooling beside the packages; only this test of the page reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { findDefectTests } from '../../../docs/tools/find-defect-tests.js'
// oxlint-disable-next-line millrace/no-deep-imports
import { readEngine } from '../../../docs/tools/read-engine.js'
// oxlint-disable-next-line millrace/no-deep-imports
import { renderEnginePage } from '../../../docs/tools/render-engine.js'
import { guards } from './guards/guards.js'

const page = readFileSync(new URL('../../../docs/engine.md', import.meta.url), 'utf8')
const { leftOut, ...engine } = readEngine()
const of = (k: number) => engine.tests.filter((found) => found.k === k)

describe('docs/engine.md', () => {
  it('says what guards, defects and tests say', () => {
    expect(page, 'run: pnpm run docs').toBe(renderEnginePage({ ...engine, guards }))
  })

  it('leaves no mark of the template', () => {
    expect(page).not.toMatch(/<!--|\[object/)
  })
})

describe('the evidence', () => {
  it('covers every defect from 1 to 36 once', () => {
    const numbers = engine.defects.map(({ k }) => k).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 36 }, (_, index) => index + 1))
  })

  it.each(engine.defects)('has a red and a green test of K$k', ({ k, noRed }) => {
    if (noRed === undefined) expect(of(k).flatMap(({ red }) => red)).not.toEqual([])
    else
      expect(
        of(k).flatMap(({ red }) => red),
        'it has a red test: take its noRed out',
      ).toEqual([])
    expect(of(k).flatMap(({ green }) => green)).not.toEqual([])
  })

  it('names no defect that is not in the table', () => {
    const known = new Set(engine.defects.map(({ k }) => k))
    expect(engine.tests.filter(({ k }) => !known.has(k))).toEqual([])
  })

  it('leaves out every guard that can be left out, and no guard that does not exist', () => {
    const named = guards.filter(({ neverLeftOut }) => neverLeftOut === undefined).map(({ name }) => name)
    expect([...leftOut].sort((a, b) => a.localeCompare(b))).toEqual(named.sort((a, b) => a.localeCompare(b)))
  })
})

describe('finding the tests of a defect', () => {
  const source = [
    "describeWithBroker('K7: a throw is alone', () => {",
    "  test('red on bare kafkajs: it ends', () => {})",
    "  test.each([['red herring']])(",
    "    'red without no-idle-timers: %s in a test of its own',",
    "  it(`green: it's ${x} and \\`quoted\\``, () => {})",
    "  test('greener: no', () => {})",
    '})',
    'describe("K12: another", () => test("green: here"))',
  ].join('\n')

  it('reads defects, tests and guards by their names, whatever their quotes', () => {
    const { defects, leftOut: without } = findDefectTests('a.test.ts', source)
    expect(defects).toEqual([
      {
        k: 7,
        file: 'a.test.ts',
        red: ['on bare kafkajs: it ends', 'without no-idle-timers: … in a test of its own'],
        green: ["it's … and `quoted`"],
      },
      { k: 12, file: 'a.test.ts', red: [], green: ['here'] },
    ])
    expect([...without]).toEqual(['no-idle-timers'])
  })
})
