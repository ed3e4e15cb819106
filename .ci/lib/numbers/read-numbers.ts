/** The numbers of a vitest JSON report, and what failed in it. */
export type Numbers = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Of those that passed, what met a real Kafka, and what met an embedded broker: the same files in two projects. */
  readonly onRealKafka: number
  readonly onEmbedded: number
  /** One text for each failure: the file, the test, what it said. */
  readonly failures: readonly string[]
}

type Test = {
  readonly status: string
  readonly fullName?: string
  readonly failureMessages?: readonly string[]
  /** `describeWithBroker` of the test kit says here which kind of broker a test met. */
  readonly meta?: { readonly millraceBroker?: string }
}
type TestFile = {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly assertionResults: readonly Test[]
}
type Report = { readonly testResults: readonly TestFile[] }

/** Enough of a message to see what was expected, not so much that the list cannot be read. */
const mostLines = 12

export function readNumbers(json: string): Numbers {
  const { testResults }: Report = JSON.parse(json)
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const passed = tests.filter(({ status }) => status === 'passed')
  const brokers = passed.flatMap(({ meta }) => meta?.millraceBroker ?? [])
  const onEmbedded = brokers.filter((broker) => broker === 'embedded').length
  const failures = testResults.flatMap(failuresOf)
  return {
    passed: passed.length,
    failed: failures.length,
    skipped: tests.length - passed.length - tests.filter(({ status }) => status === 'failed').length,
    onRealKafka: brokers.length - onEmbedded,
    onEmbedded,
    failures,
  }
}

function failuresOf({ name, status, message, assertionResults }: TestFile): string[] {
  const failed = assertionResults.filter((test) => test.status === 'failed')
  // A file that breaks before its first test has no failed test to count; it is one failure all the same.
  if (failed.length === 0 && status === 'failed') return [inShort(name, [message ?? ''])]
  return failed.map(({ fullName = '', failureMessages = [] }) => inShort(`${name} > ${fullName}`, failureMessages))
}

const inShort = (what: string, messages: readonly string[]): string =>
  [what, ...messages.join('\n').split('\n').slice(0, mostLines)].join('\n    ')

export const inWords = ({ passed, failed, skipped }: Numbers): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`
