import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// The renderers are tooling beside the packages; only this test of the page reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { renderEnvironment } from '../../../../docs/tools/render-environment.js'
import { environmentVariables } from './variables.js'

const page = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')

describe('the environment section of docs/options.md', () => {
  it('says what the table of variables says', () => {
    const [, environment] = page('docs/options.md').split('\n## Environment\n')
    expect(`## Environment\n${environment}`, 'run: pnpm run docs').toBe(renderEnvironment(environmentVariables))
  })
})

describe('the environment table of README.md', () => {
  it('names variables that there are', () => {
    const [, section = ''] = page('README.md').split('\n## From the environment\n')
    const [table = ''] = section.trimStart().split('\n\n')
    const named = [...table.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name ?? '')
    const values = ['SASL_PLAINTEXT', 'SASL_SSL']
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !values.includes(name) && !Object.hasOwn(environmentVariables, name))).toEqual([])
  })
})
