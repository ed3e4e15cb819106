import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
// The renderers are tooling beside the packages; only this test of the page reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { renderMetricsPage } from '../../../../docs/tools/render-metrics.js'
import { counterDefinitions, gaugeDefinitions, histogramDefinitions } from './metric-definitions.js'

it('docs/metrics.md says what the tables say', () => {
  const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')
  expect(page, 'run: pnpm run docs').toBe(renderMetricsPage(counterDefinitions, gaugeDefinitions, histogramDefinitions))
})
