import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defects } from './defects.ts'
import { findDefectTests, type FoundTests } from './find-defect-tests.ts'
import type { EngineParts } from './render-engine.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const TESTS = 'packages/*/src/**/*.{integration,test}.ts'
/** Names tests of its own invention. */
const SELF = '**/engine-docs.test.ts'

/** Everything on the page about the engine that does not come from a built package. */
export function readEngine(): Omit<EngineParts, 'guards'> & Pick<FoundTests, 'leftOut'> {
  const files = globSync(TESTS, { cwd: root, exclude: ['**/node_modules/**', SELF] }).sort()
  const found = files.map((file) => findDefectTests(file, readFileSync(`${root}${file}`, 'utf8')))
  return {
    template: readFileSync(new URL('engine.template.md', import.meta.url), 'utf8'),
    defects,
    tests: found.flatMap(({ defects: tests }) => tests),
    leftOut: new Set(found.flatMap(({ leftOut }) => [...leftOut])),
  }
}
