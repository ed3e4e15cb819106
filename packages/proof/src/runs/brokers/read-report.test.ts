import { expect, test } from 'vitest'
import { readReport } from './read-report.js'

const report = JSON.stringify({
  testResults: [
    {
      name: '/repo/packages/a/src/x.integration.ts',
      status: 'failed',
      message: '',
      assertionResults: [
        { fullName: 'x works', status: 'passed', failureMessages: [] },
        { fullName: 'x fails', status: 'failed', failureMessages: ['Error: no\n    at somewhere'] },
        { fullName: 'x is left out', status: 'skipped', failureMessages: [] },
        { fullName: 'x waits', status: 'pending', failureMessages: [] },
      ],
    },
    {
      name: '/repo/packages/b/src/y.integration.ts',
      status: 'failed',
      message: 'SyntaxError: z',
      assertionResults: [],
    },
    { name: '/repo/packages/c/src/z.integration.ts', status: 'passed', message: '', assertionResults: [] },
  ],
})

test('counts what passed, names what failed with the first line of why, and what was skipped', () => {
  expect(readReport(report, '/repo')).toEqual({
    passed: 1,
    failed: [
      { name: 'packages/a/src/x.integration.ts: x fails', why: 'Error: no' },
      { name: 'packages/b/src/y.integration.ts', why: 'SyntaxError: z' },
    ],
    skipped: ['packages/a/src/x.integration.ts: x is left out', 'packages/a/src/x.integration.ts: x waits'],
  })
})
