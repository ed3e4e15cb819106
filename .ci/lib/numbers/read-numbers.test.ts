import { describe, expect, it } from 'vitest'
import { inWords, readNumbers } from './read-numbers.ts'

const file = (name: string, status: string, ...tests: string[]) => on(undefined, name, status, ...tests)
/** Of a project that meets a broker. */
const on = (millraceBroker: string | undefined, name: string, status: string, ...tests: string[]) => ({
  name,
  status,
  assertionResults: tests.map((one) => ({ status: one, meta: { millraceBroker } })),
})
const numbersOf = (...testResults: ReturnType<typeof file>[]) => readNumbers(JSON.stringify({ testResults }))

describe('readNumbers', () => {
  it('counts tests, and everything that did not run as skipped', () => {
    const numbers = numbersOf(
      file('a.test.ts', 'failed', 'passed', 'failed', 'skipped'),
      file('b.integration.ts', 'passed', 'passed', 'passed', 'pending', 'todo'),
    )
    expect(numbers).toMatchObject({ passed: 3, failed: 1, skipped: 3, onRealKafka: 0, onEmbedded: 0 })
    expect(inWords(numbers)).toBe('3 passed, 1 failed, 3 skipped')
  })
  it('tells by what they met which of the same tests passed on which broker', () => {
    const numbers = numbersOf(
      on('jvm', 'b.integration.ts', 'passed', 'passed', 'passed'),
      on('external', 'c.integration.ts', 'passed', 'passed', 'skipped'),
      on('embedded', 'b.integration.ts', 'failed', 'passed', 'failed'),
      file('b.integration.ts', 'passed', 'passed'),
    )
    expect(numbers).toMatchObject({ passed: 5, failed: 1, skipped: 1, onRealKafka: 3, onEmbedded: 1 })
  })
  it.each([
    ['without any test', file('broken.test.ts', 'failed')],
    ['whose tests were all skipped', file('broken.test.ts', 'failed', 'skipped')],
  ])('counts a file that failed %s as one failure', (_what, broken) => {
    expect(numbersOf(broken, file('a.test.ts', 'passed', 'passed'))).toMatchObject({ passed: 1, failed: 1 })
  })
  it('tells each failure by file, test and message, cut to what can be read', () => {
    const message = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')
    const { failures } = readNumbers(
      JSON.stringify({
        testResults: [
          {
            name: 'a.test.ts',
            status: 'failed',
            assertionResults: [
              { status: 'passed', fullName: 'adds' },
              { status: 'failed', fullName: 'subtracts', failureMessages: [message] },
            ],
          },
          { name: 'broken.test.ts', status: 'failed', message: 'SyntaxError: 7', assertionResults: [] },
        ],
      }),
    )
    expect(failures).toHaveLength(2)
    expect(failures[0]).toMatch(/^a\.test\.ts > subtracts\n {4}line 0\n[^]*line 11$/)
    expect(failures[1]).toBe('broken.test.ts\n    SyntaxError: 7')
  })
  it('refuses what is no report', () => expect(() => readNumbers('{')).toThrow())
})
