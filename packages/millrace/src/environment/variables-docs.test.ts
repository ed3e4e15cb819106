import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// The renderers are tooling beside the packages; only this test of the page reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { renderConfigurationPage } from '../../../../docs/tools/render-configuration.js'
import { presets } from './presets.js'
import { environmentVariables } from './variables.js'

const page = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')

describe('docs/configuration.md', () => {
  it('says what its template and the tables of variables and presets say', () => {
    const template = page('docs/tools/configuration.template.md')
    const rendered = renderConfigurationPage({ template, presets, variables: environmentVariables })
    expect(page('docs/configuration.md'), 'run: pnpm run docs').toBe(rendered)
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
