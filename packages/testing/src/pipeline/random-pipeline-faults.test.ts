import {
  bytes,
  defineConsumer,
  exponential,
  fail,
  fixed,
  type MessageContext,
  topic,
  transform,
  utf8,
} from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLedger } from '../oracles/check-ledger.js'
import { type TestWorker, testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: utf8 })
const Invoices = topic('invoices', { key: bytes, value: utf8 })
const kinds = ['ok', 'ok', 'ok', 'none', 'two', 'transient', 'permanent', 'poison', 'slow', 'huge'] as const
type Kind = (typeof kinds)[number]

interface Sent {
  readonly id: string
  readonly kind: Kind
  readonly partition: number
  readonly offset: bigint
}

/** What a record becomes. */
const outputsOf = ({ id, kind }: Pick<Sent, 'id' | 'kind'>): readonly string[] => {
  if (kind === 'none' || isDead(kind)) return []
  return kind === 'two' ? [`${id} a`, `${id} b`] : [`${id} a`]
}
const isDead = (kind: Kind): boolean => kind === 'permanent' || kind === 'poison' || kind === 'huge'

async function setup(delivery: 'exactly-once' | 'at-least-once') {
  const sent: Sent[] = []
  async function work(value: string, context: MessageContext) {
    const [id, kind] = value.split(' ') as [string, Kind]
    if (kind === 'slow') await worker.clock.wait(700, new AbortController().signal)
    if (kind === 'permanent' || (kind === 'transient' && context.attempt === 1)) throw new Error(id)
    if (kind === 'huge') return { value: 'x'.repeat(2_000) }
    return outputsOf({ id, kind }).map((output) => ({ value: output }))
  }
  const retry = delivery === 'exactly-once' ? exponential({ attempts: 3 }) : fixed({ attempts: 3, delay: '100ms' })
  const options = { to: Invoices, deadLetter: true, retry, delivery } as const
  const consumers = [defineConsumer({ group: 'g', handlers: [transform(Orders, options, work)] })]
  // Faults come faster than in any window of real life, so the worker must not give up.
  const worker = await testWorker({
    ...{ consumers, partitions: 2, restarts: 1_000, bufferedOutputs: 5, transactionRecords: 4 },
    prepare: (driver) => driver.createTopic('invoices', { partitions: 2, maxMessageBytes: 1_000 }),
  })
  const send = (kind: Kind, partition: number): void => {
    const id = `r${sent.length}`
    const value = kind === 'poison' ? Buffer.from([0xff, 0xfe]) : `${id} ${kind}`
    const { offset } = worker.sendRaw(Orders, { partition, key: `key of ${partition}`, value })
    sent.push({ id, kind, partition, offset })
  }
  return { worker, sent, send }
}

type Bench = Awaited<ReturnType<typeof setup>>
interface Step {
  readonly name: string
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
/** For so long every transaction waits at its end. */
async function held(worker: TestWorker, act: () => Promise<void>): Promise<void> {
  const release = worker.driver.holdTransactions()
  await act()
  release()
}

const refused = fail('MILLRACE_PRODUCE_REFUSED', { topic: 'invoices', partition: 0, reason: 'not allowed' })
const step = (name: string, run: Step['run']) => fc.constant<Step>({ name, run })
const sends = fc
  .tuple(fc.constantFrom(...kinds), fc.nat({ max: 1 }))
  .map(([kind, partition]): Step => ({ name: `${kind} to ${partition}`, run: ({ send }) => send(kind, partition) }))

const steps = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: sends },
    { weight: 2, arbitrary: step('a moment', ({ worker }) => worker.advance(50)) },
    { weight: 2, arbitrary: step('a second', ({ worker }) => worker.advance('1s')) },
    step('a gap', ({ worker }) => worker.driver.leaveGap('orders', 0, 3)),
    step('an abort', ({ worker }) => worker.driver.failNextTransactions(1, 'aborted')),
    step('seven aborts', ({ worker }) => worker.driver.failNextTransactions(7, 'aborted')),
    step('a fenced transaction', ({ worker }) => worker.driver.failNextTransactions(1, 'fenced')),
    step('an unknown one, aborted', ({ worker }) => worker.driver.failNextTransactions(1, 'unknown')),
    step('an unknown one, committed', ({ worker }) =>
      worker.driver.failNextTransactions(1, 'unknown', { isCommitted: true }),
    ),
    step('a failed send', ({ worker }) => worker.driver.failNextSends(1)),
    step('a refused topic', ({ worker }) => worker.driver.failNextSends(2, refused, { topic: 'invoices' })),
    step('slow transactions', ({ worker }) => worker.driver.slowTransactions(400)),
    step('failed commits', ({ worker }) => worker.driver.failNextCommits(2)),
    step('a held transaction', ({ worker }) => held(worker, () => worker.advance('2s'))),
    step('a rebalance', ({ worker }) => during(worker, () => worker.driver.rebalance())),
    step('a rebalance while one is held', ({ worker }) =>
      held(worker, () => during(worker, () => worker.driver.rebalance())),
    ),
    step('a lost member', ({ worker }) => during(worker, () => worker.driver.loseMember())),
    step('a member lost while one is held', ({ worker }) =>
      held(worker, () => during(worker, () => worker.driver.loseMember())),
    ),
    step('a dead member', ({ worker }) => during(worker, () => worker.driver.killMember())),
  ),
  { maxLength: 40 },
)

const texts = (violations: readonly { readonly text: string }[]): readonly string[] =>
  violations.map(({ text }) => text)

/** Runs the steps and everything that is due after them, with the ledger balanced at every moment. */
async function play(run: readonly Step[], delivery: 'exactly-once' | 'at-least-once'): Promise<Bench> {
  const bench = await setup(delivery)
  const { worker } = bench
  for (const { run: act } of run) {
    await act(bench)
    expect(texts(checkLedger(worker.worker.inspect()))).toEqual([])
  }
  await worker.advance('20m')
  await worker.settled()
  expect(worker.waiting).toEqual([])
  const [group] = worker.worker.inspect().groups
  expect(group?.decided).toEqual({ records: 0, outputs: 0, bytes: 0 })
  await worker.stop()
  for (const partition of [0, 1]) {
    const end = worker.driver.endOffset('orders', partition)
    expect(worker.committed(Orders).get(partition) ?? 0n).toBe(end)
  }
  return bench
}

/** By partition of the source, which is the key, in the order of the log. */
const seen = ({ driver }: TestWorker, partition: number): readonly string[] =>
  driver
    .records('invoices')
    .filter(({ key }) => key?.toString() === `key of ${partition}`)
    .map(({ value }) => value?.toString() ?? '')

describe('whatever the group, the transactions and the handlers do', () => {
  it('a pipeline makes f(input) exactly once, in order, and exactly the dead letters of what failed', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const { worker, sent } = await play(run, 'exactly-once')
        for (const partition of [0, 1]) {
          const expected = sent.filter((one) => one.partition === partition).flatMap(outputsOf)
          expect(seen(worker, partition)).toEqual(expected)
          const dead = sent.filter((one) => one.partition === partition && isDead(one.kind)).map(({ offset }) => offset)
          const letters = worker.deadLetters.filter(({ source }) => source.partition === partition)
          expect(letters.map(({ source }) => source.offset)).toEqual(dead)
        }
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('one that is at least once loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const { worker, sent } = await play(run, 'at-least-once')
        for (const partition of [0, 1]) {
          const expected = sent.filter((one) => one.partition === partition).flatMap(outputsOf)
          expect([...new Set(seen(worker, partition))].toSorted()).toEqual(expected.toSorted())
        }
        const dead = sent.filter(({ kind }) => isDead(kind)).map(({ partition, offset }) => `${partition}/${offset}`)
        const letters = worker.deadLetters.map(({ source }) => `${source.partition}/${source.offset}`)
        expect([...new Set(letters)].toSorted()).toEqual(dead.toSorted())
      }),
      { numRuns: 75 },
    )
  }, 60_000)
})
