import { relative } from 'node:path'

export interface SuiteReport {
  readonly passed: number
  readonly failed: readonly FailedTest[]
  readonly skipped: readonly string[]
}

export interface FailedTest {
  /** The file, from the root of the repository, and the test. */
  readonly name: string
  readonly why: string
}

/** Reads the JSON report of vitest. A file that failed before its first test counts as one failed test. */
export function readReport(text: string, root: string): SuiteReport {
  const failed: FailedTest[] = []
  const skipped: string[] = []
  let passed = 0
  for (const file of listIn(JSON.parse(text), 'testResults')) {
    const path = relative(root, textIn(file, 'name'))
    const tests = listIn(file, 'assertionResults')
    if (tests.length === 0 && textIn(file, 'status') === 'failed') {
      failed.push({ name: path, why: firstLine(textIn(file, 'message')) })
    }
    for (const test of tests) {
      const name = `${path}: ${textIn(test, 'fullName')}`
      const status = textIn(test, 'status')
      if (status === 'passed') passed += 1
      else if (status === 'failed') {
        failed.push({ name, why: firstLine(listIn(test, 'failureMessages').map(String).join('\n')) })
      } else skipped.push(name)
    }
  }
  return { passed, failed, skipped }
}

const fieldIn = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined

function listIn(value: unknown, name: string): readonly unknown[] {
  const field = fieldIn(value, name)
  return Array.isArray(field) ? field : []
}

function textIn(value: unknown, name: string): string {
  const field = fieldIn(value, name)
  return typeof field === 'string' ? field : ''
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 200)
