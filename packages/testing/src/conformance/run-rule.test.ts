import type { Driver, TransactionalSender } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import type { ConformanceHarness } from './harness.js'
import { createScriptedHarness } from './in-memory/scripted-harness.js'
import type { ConformanceRule } from './rule.js'
import { maySkip, runRule } from './run-rule.js'

const ruleOf = (run: ConformanceRule['run'], needs: ConformanceRule['needs'] = []): ConformanceRule => ({
  id: 'of-a-test',
  name: 'is made up',
  needs,
  run,
})

describe('runRule', () => {
  it('passes, and fails with what the rule has thrown', async () => {
    const harness = createScriptedHarness()
    expect(
      await runRule(
        ruleOf(async () => undefined),
        harness,
      ),
    ).toEqual({ kind: 'passed' })
    const error = new Error('no')
    expect(
      await runRule(
        ruleOf(() => Promise.reject(error)),
        harness,
      ),
    ).toEqual({ kind: 'failed', error })
  })

  it('skips a rule that needs what is not there, and names all of it', async () => {
    const { createDoomedDriver: _doomed, createUnreachableDriver: _unreachable, ...plain } = createScriptedHarness()
    const { evict: _evict, createCompacted: _compacted, ...view } = plain.cluster
    const scripted = await plain.createDriver()
    const driver: Driver = { ...scripted, capabilities: { transactions: false, staticMembership: false } }
    const harness: ConformanceHarness = {
      ...plain,
      cluster: { ...view, canTransact: false },
      createDriver: () => driver,
    }
    const needs = [
      'transactions',
      'compaction',
      'eviction',
      'doomed-driver',
      'unreachable-driver',
      'static-membership',
      'exactly-once',
    ] as const
    const verdict = await runRule(
      ruleOf(() => Promise.reject(new Error('it ran')), needs),
      harness,
    )
    expect(verdict).toEqual({ kind: 'skipped', missing: needs })
  })

  it.each([
    ['a rule about anything else', ['eviction'], ['eviction'], true],
    ['a rule about transactions where the driver has none', ['exactly-once', 'eviction'], ['exactly-once'], true],
    ['one that neither driver nor harness can serve', ['exactly-once', 'eviction'], ['exactly-once', 'eviction'], true],
    ['one that only the harness can not serve', ['exactly-once', 'eviction'], ['eviction'], false],
  ] as const)('lets a rule be skipped unless the driver has transactions: %s', (_which, needs, missing, expected) => {
    expect(
      maySkip(
        ruleOf(async () => undefined, needs),
        missing,
      ),
    ).toBe(expected)
  })

  it('ends a rule that hangs, by its limit and by the signal', async () => {
    const hangs = ruleOf(() => new Promise(() => undefined))
    const harness = createScriptedHarness()
    const late = await runRule(hangs, harness, { limitMs: 20 })
    expect(late).toMatchObject({ kind: 'failed', error: { message: '"of-a-test" took more than 20 ms' } })
    expect(await runRule(hangs, harness, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'failed' })
  })

  it('says what was awaited, and what the members were told until then', async () => {
    const harness = createScriptedHarness({ patienceMs: 30 })
    const waits = ruleOf(async (rig) => {
      const log = await rig.join(await rig.topic())
      await rig.settled(log)
      await rig.until('a wonder', () => false)
    })
    const verdict = await runRule(waits, harness)
    expect(verdict.kind === 'failed' && String(verdict.error)).toMatch(
      /did not happen: a wonder; calls of a member of "group-\w+": assigned topic-\w+\[0\], assigned-done/,
    )
  })

  it('leaves and closes what a rule has opened, also when it has failed', async () => {
    const harness = createScriptedHarness()
    let group = ''
    let producer: TransactionalSender | undefined
    const leaks = ruleOf(async (rig) => {
      group = rig.group
      producer = await rig.transactions()
      const log = await rig.join(await rig.topic())
      await rig.settled(log)
      throw new Error('no')
    })
    expect(await runRule(leaks, harness)).toMatchObject({ kind: 'failed' })
    expect(await harness.cluster.members(group)).toEqual([])
    expect(() => producer?.begin()).toThrow(expect.objectContaining({ code: 'MILLRACE_PRODUCE_CLOSED' }))
  })
})
