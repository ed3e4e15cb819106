import type { Mutant } from './mutant.js'

const of = (name: string, file: string, search: string, replace: string): Mutant => ({
  name,
  file,
  search,
  replace,
  areas: [],
  suites: file.startsWith('faults/') ? ['faults'] : ['control', 'server'],
})

export const faultMutants: readonly Mutant[] = [
  of(
    'does not apply what it loses the answer of',
    'faults/verdict.ts',
    'if (lost !== undefined) return { ...failed, after: lost }',
    "if (lost !== undefined) return { instead: 'close' }",
  ),
  of('counts matches from 0', 'faults/active-rule.ts', 'nth.includes(match)', 'nth.includes(match - 1)'),
  of('strikes once more than it is told', 'faults/active-rule.ts', 'struck >= times)', 'struck > times)'),
  of(
    'applies what a fault refuses',
    'server/dispatch.ts',
    'if (instead !== undefined) return answered(passage, instead.body, verdict, parts)\n',
    '\n',
  ),
  of(
    'brings connections through a restart',
    'server/broker-server.ts',
    'const closing = doors.close()\n      closeAll()\n',
    'const closing = Promise.resolve()\n',
  ),
]
