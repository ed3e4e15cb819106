import { describe, expect, it } from 'vitest'
import { inWords, readNumbers } from './read-numbers.ts'

const file = (name: string, status: string, ...tests: string[]) => ({
  name,
  status,
  assertionResults: tests.map((one) => ({ status: one })),
})
const numbersOf = (...testResults: ReturnType<typeof file>[]) => readNumbers(JSON.stringify({ testResults }))

describe('readNumbers', () => {
  it('counts tests, and everything that did not run as skipped', () => {
    const numbers = numbersOf(
      file('a.test.ts', 'failed', 'passed', 'failed', 'skipped'),
      file('b.integration.ts', 'passed', 'passed', 'passed', 'pending', 'todo'),
    )
    expect(numbers).toEqual({ passed: 3, failed: 1, skipped: 3, integration: 2 })
    expect(inWords(numbers)).toBe('3 passed, 1 failed, 3 skipped')
  })
  it.each([
    ['without any test', file('broken.test.ts', 'failed')],
    ['whose tests were all skipped', file('broken.test.ts', 'failed', 'skipped')],
  ])('counts a file that failed %s as one failure', (_what, broken) => {
    expect(numbersOf(broken, file('a.test.ts', 'passed', 'passed'))).toMatchObject({ passed: 1, failed: 1 })
  })
  it('refuses what is no report', () => expect(() => readNumbers('{')).toThrow())
})
