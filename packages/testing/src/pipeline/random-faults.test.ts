import {
  bytes,
  defineConsumer,
  exponential,
  handle,
  type HandleOptions,
  type MessageContext,
  topic,
  utf8,
} from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunLine } from '../harness/run-line.js'
import { checkDuplicates } from '../oracles/check-duplicates.js'
import { checkExpectedSets } from '../oracles/check-expected-sets.js'
import { checkLedger } from '../oracles/check-ledger.js'
import { checkNoOverlap } from '../oracles/check-no-overlap.js'
import { checkNothingLost } from '../oracles/check-nothing-lost.js'
import { checkOrder } from '../oracles/check-order.js'
import { type Evidence, placeOf, type RecordKind, type SentRecord } from '../oracles/evidence.js'
import { type TestWorker, testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: utf8 })
const atLeastOnce: HandleOptions = { retry: exponential({ attempts: 3 }), deadLetter: true }
const atMostOnce: HandleOptions = { delivery: 'at-most-once' }

/** A test worker whose handler writes run lines and does what the kind of its record says. */
async function setup(options: HandleOptions) {
  const lines: RunLine[] = []
  const sent: SentRecord[] = []
  let generation = 0
  let tick = 0

  async function work(value: string, context: MessageContext): Promise<void> {
    const [id = '', kind] = value.split(' ')
    const { topic: name, partition, offset, attempt } = context
    const place = { topic: name, partition, offset }
    const facts = { ...place, id, key: null, sequence: 0, attempt, worker: 'one', generation }
    const write = (edge: RunLine['edge']) => lines.push({ ...facts, edge, timeMs: (tick += 1) })
    write('start')
    if (kind === 'slow') await worker.clock.wait(700, new AbortController().signal)
    const fails = kind === 'permanent' || (kind === 'transient' && attempt === 1)
    write(fails ? 'threw' : 'done')
    if (fails) throw new Error(id)
  }

  const handlers = [handle(Orders, options, work)]
  const consumers = [defineConsumer({ group: 'g', handlers })]
  // Faults come faster than in any window of real life, so the worker must not give up.
  const worker = await testWorker({ consumers, partitions: 2, restarts: 1_000 })
  worker.worker.on('member.joined', (event) => (generation = event.generation))
  generation = 1

  const send = (kind: RecordKind, partition: number): void => {
    const id = `r${sent.length}`
    const value = kind === 'poison' ? Buffer.from([0xff, 0xfe]) : `${id} ${kind}`
    const at = worker.sendRaw(Orders, { partition, value })
    sent.push({ ...at, id, key: null, sequence: sent.length, kind })
  }
  const evidence = (): Pick<Evidence, 'sent' | 'lines' | 'deadLetters'> => ({
    sent,
    lines,
    deadLetters: worker.deadLetters,
  })
  return { worker, send, evidence }
}

type Bench = Awaited<ReturnType<typeof setup>>
interface Step {
  readonly name: string
  readonly isHarmless: boolean
  readonly run: (bench: Bench) => Promise<void> | void
}

const isJoined = (worker: TestWorker): boolean => worker.worker.inspect().groups.every((group) => group.isJoined)
/** Membership faults need a member, and a drain needs time to be moved. */
async function during(worker: TestWorker, fault: () => Promise<void>): Promise<void> {
  if (!isJoined(worker)) return
  const done = fault()
  await worker.advance('30s')
  await done
}

const kinds: readonly RecordKind[] = ['ok', 'ok', 'ok', 'transient', 'permanent', 'poison', 'slow']
const sends = fc.tuple(fc.constantFrom(...kinds), fc.nat({ max: 1 })).map(
  ([kind, partition]): Step => ({
    name: `send ${kind} to ${partition}`,
    isHarmless: true,
    run: ({ send }) => send(kind, partition),
  }),
)
const step = (name: string, isHarmless: boolean, run: Step['run']) => fc.constant<Step>({ name, isHarmless, run })

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: sends },
    { weight: 2, arbitrary: step('a moment', true, ({ worker }) => worker.advance(50)) },
    { weight: 2, arbitrary: step('a second', true, ({ worker }) => worker.advance('1s')) },
    step('a gap', true, ({ worker }) => worker.driver.leaveGap('orders', 0, 3)),
    step('a failed commit', true, ({ worker }) => worker.driver.failNextCommits(1)),
    step('three failed commits', true, ({ worker }) => worker.driver.failNextCommits(3)),
    step('a failed dead letter', true, ({ worker }) => worker.driver.failNextSends(2)),
    step('a rebalance', true, ({ worker }) => during(worker, () => worker.driver.rebalance())),
    step('a lost answer', false, ({ worker }) =>
      worker.driver.failNextSends(1, new Error('no answer'), { isStored: true }),
    ),
    step('a lost member', false, ({ worker }) => during(worker, () => worker.driver.loseMember())),
    step('a dead member', false, ({ worker }) => during(worker, () => worker.driver.killMember())),
  ),
  { maxLength: 40 },
)

const texts = (violations: readonly { readonly text: string }[]): readonly string[] =>
  violations.map(({ text }) => text)

/** Runs the steps and everything that is due after them, with the ledger balanced at every moment. */
async function play(run: readonly Step[], options: HandleOptions): Promise<Bench> {
  const bench = await setup(options)
  const { worker } = bench
  for (const { run: act } of run) {
    await act(bench)
    expect(texts(checkLedger(worker.worker.inspect()))).toEqual([])
  }
  await worker.advance('10m')
  await worker.settled()
  expect(worker.waiting).toEqual([])
  return bench
}

async function stopAtTheEnd({ worker }: Bench): Promise<void> {
  await worker.stop()
  for (const partition of [0, 1]) {
    const end = worker.driver.endOffset('orders', partition)
    expect(worker.committed(Orders).get(partition) ?? 0n).toBe(end)
  }
}

const isHarmless = (run: readonly Step[]): boolean => run.every((one) => one.isHarmless)

describe('whatever the group, the broker and the handlers do', () => {
  it('nothing is lost, nothing is misrouted, order holds, and without a lost answer or member nothing is done twice', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const bench = await play(run, atLeastOnce)
        const evidence = bench.evidence()
        expect(texts(checkNothingLost(evidence))).toEqual([])
        expect(texts(checkExpectedSets(evidence))).toEqual([])
        expect(texts(checkOrder(evidence, { by: 'partition' }))).toEqual([])
        expect(texts(checkNoOverlap(evidence, { by: 'partition' }))).toEqual([])
        if (isHarmless(run)) expect(texts(checkDuplicates(evidence, { atMost: 0 }))).toEqual([])
        await stopAtTheEnd(bench)
      }),
      { numRuns: 150 },
    )
  }, 30_000)

  it('in at-most-once mode no record is started twice, and without a lost or dead member each is started once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const bench = await play(run, atMostOnce)
        const { sent, lines, deadLetters } = bench.evidence()
        const started = lines.filter(({ edge }) => edge === 'start').map(placeOf)
        expect(started).toEqual([...new Set(started)])
        expect(deadLetters).toEqual([])
        expect(texts(checkNoOverlap({ lines }, { by: 'partition' }))).toEqual([])
        if (isHarmless(run)) {
          // A record that can't be decoded never reaches a handler.
          const expected = sent.filter(({ kind }) => kind !== 'poison').map(placeOf)
          expect(started.toSorted()).toEqual(expected.toSorted())
        }
        await stopAtTheEnd(bench)
      }),
      { numRuns: 150 },
    )
  }, 30_000)
})
