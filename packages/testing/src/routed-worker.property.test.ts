import { defineConsumer, fieldIs, handle, headerIs, json, otherwise, Skip, topic, utf8 } from '@millrace/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type TestWorker, testWorker } from './test-worker.js'

const Events = topic('events.v1', { key: utf8, value: json() })

/** How its run ends, by the `does` of a record. */
const does = ['succeeds', 'fails', 'skips', 'waits'] as const
const record = fc.record({
  partition: fc.nat(1),
  type: fc.constantFrom('header', 'nobody', 'other'),
  kind: fc.constantFrom('field', 'nothing'),
  does: fc.constantFrom(...does),
  isBroken: fc.boolean(),
})
const action = fc.oneof(
  { weight: 6, arbitrary: record.map((one) => ({ kind: 'send' as const, one })) },
  { weight: 2, arbitrary: fc.constantFrom(1, 300, 5_000).map((ms) => ({ kind: 'advance' as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rebalance' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'release' as const }) },
)

/** All records of all leases, by the ledgers of the leases and by the totals of the handlers. */
function assertCounted({ worker }: TestWorker): void {
  const { handlers, groups } = worker.inspect()
  for (const { handler, received, inFlight, processed, retried, deadLettered, skipped, abandoned } of handlers) {
    expect([handler, received]).toEqual([handler, processed + retried + deadLettered + skipped + abandoned + inFlight])
  }
  const live = groups.flatMap(({ partitions }) => partitions)
  const queued = live.reduce((sum, one) => sum + one.inFlight.queued, 0)
  const open = live.reduce((sum, one) => sum + one.inFlight.running + one.inFlight.awaiting, 0)
  const inFlight = handlers.reduce((sum, one) => sum + one.inFlight, 0)
  expect(queued).toBeGreaterThanOrEqual(0)
  // One that is decoded so that its handler can be chosen, or could not be, runs or waits and is nobody's yet.
  expect(inFlight).toBeLessThanOrEqual(open)
}

async function play(
  actions: readonly (typeof action extends fc.Arbitrary<infer One> ? One : never)[],
  unmatched: 'dead-letter' | 'skip',
) {
  let waiting: (() => void)[] = []
  const run = async (value: unknown): Promise<void> => {
    const { does: what } = value as { readonly does: (typeof does)[number] } // what the test has sent
    if (what === 'fails') throw new Error('no')
    if (what === 'skips') throw new Skip('no')
    if (what === 'waits') await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const handlers = [
    handle(Events, { name: 'header', when: headerIs('type', 'header'), priority: 1 }, run),
    handle(Events, { name: 'field', when: fieldIs('kind', 'field') }, run),
    ...(unmatched === 'skip' ? [handle(Events, { name: 'rest', when: otherwise, onExhausted: 'skip' }, run)] : []),
  ]
  const consumers = [defineConsumer({ group: 'g', unmatched, defaults: { deadLetter: true }, handlers })]
  const test = await testWorker({ consumers, partitions: 2, patienceMs: 50 })
  for (const step of actions) {
    if (step.kind === 'send') {
      const { partition, type, isBroken, ...value } = step.one
      const headers = [[Buffer.from('type'), Buffer.from(type)]] as const
      test.sendRaw(Events, { partition, headers, value: Buffer.from(isBroken ? 'no JSON' : JSON.stringify(value)) })
    }
    if (step.kind === 'advance') await test.advance(step.ms)
    if (step.kind === 'rebalance') void test.driver.rebalance()
    if (step.kind === 'release') {
      for (const end of waiting) end()
      waiting = []
    }
    assertCounted(test)
  }
  await test.advance(0)
  assertCounted(test)
  await test.stop() // holds every ledger against itself
  const { handlers: totals } = test.worker.inspect()
  expect(totals.map(({ inFlight }) => inFlight)).toEqual(totals.map(() => 0))
}

it('counts every record at one of the handlers, whatever happens to it', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.constantFrom('dead-letter', 'skip'), play), {
    numRuns: 40,
  })
})
