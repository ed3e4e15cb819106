/** The numbers of a vitest JSON report. */
export type Numbers = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly integration: number
}

type Report = {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

export function readNumbers(json: string): Numbers {
  const { testResults }: Report = JSON.parse(json)
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status }) => ({ status, integration: /\.integration\.[cm]?[jt]s$/.test(name) })),
  )
  const passed = tests.filter(({ status }) => status === 'passed')
  const failed = tests.filter(({ status }) => status === 'failed')
  // A file that breaks before its first test has no failed test to count; it is one failure all the same.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  return {
    passed: passed.length,
    failed: failed.length + brokenFiles.length,
    skipped: tests.length - passed.length - failed.length,
    integration: passed.filter(({ integration }) => integration).length,
  }
}

export const inWords = ({ passed, failed, skipped }: Numbers): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`
