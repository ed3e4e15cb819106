import { afterAll, beforeAll, describe, test } from 'vitest'
import type { ConformanceHarness } from './harness.js'
import { conformanceRules } from './rules.js'
import { maySkip, runRule } from './run-rule.js'

/**
 * One test per rule, side by side within vitest's `maxConcurrency`. A rule whose needs the harness or the driver lacks is skipped and says
 * which: of a driver that has transactions no rule about them is skipped. The harness is made once, before the first rule, and closed after the last.
 */
export function describeDriverConformance(
  name: string,
  createHarness: () => ConformanceHarness | Promise<ConformanceHarness>,
): void {
  describe.concurrent(`${name}: driver conformance`, () => {
    let harness: ConformanceHarness | undefined
    beforeAll(async () => {
      harness = await createHarness()
    })
    afterAll(() => harness?.close())
    for (const rule of conformanceRules) {
      test(`${rule.id}: ${rule.name}`, async ({ skip, signal }) => {
        if (harness === undefined) throw new Error('there is no harness')
        const verdict = await runRule(rule, harness, { signal })
        if (verdict.kind === 'failed') throw verdict.error
        if (verdict.kind !== 'skipped') return
        const missing = verdict.missing.join(', ')
        if (!maySkip(rule, verdict.missing)) throw new Error(`the driver has transactions, but this needs ${missing}`)
        skip(`needs ${missing}`)
      })
    }
  })
}
