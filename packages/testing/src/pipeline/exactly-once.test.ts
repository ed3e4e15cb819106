import {
  bytes,
  defineConsumer,
  fail,
  type FunctionTransformOptions,
  handle,
  type MessageContext,
  topic,
  transform,
  utf8,
} from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { type TestWorker, type TestWorkerOptions, testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: utf8 })
const Invoices = topic('invoices', { key: bytes, value: utf8 })

interface Setup extends Partial<TestWorkerOptions> {
  readonly options?: Partial<FunctionTransformOptions<typeof Invoices>>
  readonly run?: (order: string, context: MessageContext) => Promise<void> | void
}

/** `bad` fails, `none` is filtered out, `huge` becomes more than its sink takes; everything else becomes an invoice. */
async function setup({ options = {}, run = () => undefined, ...rest }: Setup = {}) {
  const runs: string[] = []
  const invoicing = transform(
    Orders,
    { to: Invoices, deadLetter: true, retry: 'none', ...options },
    async (order, context) => {
      runs.push(order)
      await run(order, context)
      if (order.startsWith('bad')) throw new Error('no')
      if (order.startsWith('none')) return undefined
      return { value: order.startsWith('huge') ? 'x'.repeat(2_000) : `invoice of ${order}` }
    },
  )
  const consumers = [defineConsumer({ group: 'g', handlers: [invoicing] })]
  const worker = await testWorker({
    consumers,
    prepare: (driver) => driver.createTopic('invoices', { maxMessageBytes: 1_000 }),
    patienceMs: 50,
    ...rest,
  })
  const send = (...orders: string[]) => orders.forEach((order) => worker.sendRaw(Orders, { value: order }))
  return { worker, runs, send }
}

const invoices = ({ driver }: TestWorker) => driver.records('invoices').map(({ value }) => value?.toString() ?? '')
const said = ({ events }: TestWorker, ...names: string[]) => events.filter(({ name }) => names.includes(name))
const group = ({ worker }: TestWorker) => worker.inspect().groups[0]
const partitionsPaused = (worker: TestWorker) =>
  Object.fromEntries((group(worker)?.partitions ?? []).map((one) => [one.partition, one.pausedBecause]))
const partition = (worker: TestWorker) => group(worker)?.partitions[0]

describe('a pipeline that is exactly once', () => {
  it('makes outputs and the offset of their records visible together', async () => {
    const { worker, send } = await setup()
    const release = worker.driver.holdTransactions()
    send('1', '2')
    await worker.settled()
    expect([invoices(worker), worker.committed(Orders).get(0)]).toEqual([[], undefined])
    expect(partition(worker)).toMatchObject({ watermark: 0n, lag: 2, inFlight: { queued: 0, awaiting: 2 } })
    expect(group(worker)).toMatchObject({ decided: { records: 2, outputs: 2 }, transactions: { committed: 0 } })
    release()
    await worker.settled()
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(worker.committed(Orders)).toEqual(new Map([[0, 2n]]))
    expect(partition(worker)).toMatchObject({ watermark: 2n, committed: 2n, lag: 0, ledger: { processed: 2 } })
    expect(group(worker)).toMatchObject({
      decided: { records: 0, outputs: 0, bytes: 0 },
      transactions: { committed: 1 },
    })
    expect(said(worker, 'transaction.committed')).toMatchObject([{ partitions: 1, records: 2, outputs: 2 }])
    await worker.stop()
  })

  it('runs handlers while a transaction is open, and stores what they made with the next one', async () => {
    const { worker, runs, send } = await setup()
    const release = worker.driver.holdTransactions()
    send('1')
    await worker.settled()
    send('2', '3')
    await worker.advance('5s')
    expect([runs, invoices(worker)]).toEqual([['1', '2', '3'], []])
    release()
    await worker.advance('1s')
    expect(said(worker, 'transaction.committed')).toMatchObject([{ records: 1 }, { records: 2 }])
    await worker.stop()
  })

  it('begins one at its interval, or at once when enough is decided', async () => {
    const { worker, send } = await setup({ transactionInterval: '1s', transactionRecords: 3 })
    send('1')
    await worker.settled() // idle: at once
    send('2')
    await worker.advance(900)
    expect(invoices(worker)).toHaveLength(1)
    send('3', '4')
    await worker.settled()
    expect(invoices(worker)).toHaveLength(4)
    send('5')
    await worker.advance(1_000)
    expect(invoices(worker)).toHaveLength(5)
    await worker.stop()
  })

  it('commits over filtered records, gaps and markers, so that its lag reaches 0', async () => {
    const { worker, send } = await setup()
    send('none', 'none')
    worker.driver.leaveGap('orders', 0, 3)
    await worker.advance('1s')
    worker.driver.leaveGap('orders', 0, 2)
    await worker.advance('1s')
    expect(worker.committed(Orders)).toEqual(new Map([[0, 7n]]))
    expect(partition(worker)?.lag).toBe(0)
    expect(invoices(worker)).toEqual([])
    await worker.stop()
  })

  it('writes a dead letter in the transaction of its record, and says so when that is committed', async () => {
    const { worker, send } = await setup()
    const release = worker.driver.holdTransactions()
    send('1', 'bad', '2')
    await worker.settled()
    expect([worker.deadLetters, said(worker, 'record.dead-lettered')]).toEqual([[], []])
    release()
    await worker.settled()
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(worker.deadLetters).toMatchObject([{ error: 'no', source: { topic: 'orders', partition: 0, offset: 1n } }])
    expect(said(worker, 'record.dead-lettered')).toMatchObject([{ offset: 1n, deadLetterTopic: 'orders.g.dlq' }])
    expect(worker.driver.transactions).toMatchObject([{ end: 'committed', records: 3, offsets: 1 }])
    expect(partition(worker)?.ledger).toMatchObject({ processed: 2, deadLettered: 1 })
    await worker.stop()
  })

  it('stops at a record that halts it: what is before it is committed, and nothing else', async () => {
    const { worker, send } = await setup({ options: { deadLetter: undefined, onExhausted: 'halt' } as never })
    send('1', 'bad', '2')
    await worker.advance('1h')
    expect([invoices(worker), worker.committed(Orders).get(0)]).toEqual([['invoice of 1'], 1n])
    expect(partition(worker)?.pausedBecause).toEqual(['halted'])
    await worker.stop()
  })
})

describe('a transaction that fails', () => {
  it('is sent again as it was when it was aborted: no handler runs again, no attempt is counted', async () => {
    const { worker, runs, send } = await setup()
    worker.driver.failNextTransactions(3, 'aborted')
    send('1', 'bad', '2')
    await worker.advance('5s')
    expect(runs).toEqual(['1', 'bad', '2'])
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(worker.deadLetters).toHaveLength(1)
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ attempts: 3, processed: 2, deadLettered: 1 })
    expect(group(worker)?.transactions).toEqual({ committed: 1, aborted: 3, fenced: 0 })
    expect(said(worker, 'transaction.aborted')).toMatchObject([{ records: 3 }, { records: 3 }, { records: 3 }])
    await worker.stop()
  })

  it('is visible trouble when it fails again and again, and heals by itself', async () => {
    const { worker, send } = await setup()
    worker.driver.failNextTransactions(8, 'aborted')
    send('1')
    await worker.advance('3s')
    expect(worker.worker.inspect()).toMatchObject({
      isReady: false,
      notReadyBecause: ['orders[0] of group "g" is paused: output-failing'],
    })
    await worker.advance('1m')
    expect([worker.worker.inspect().isReady, invoices(worker)]).toEqual([true, ['invoice of 1']])
    await worker.stop()
  })

  it.each([
    ['fenced', { isCommitted: false }],
    ['unknown', { isCommitted: false }],
    ['unknown', { isCommitted: true }],
  ] as const)('and is %s (%o) ends its leases, and the next owner makes what is missing, once', async (end, which) => {
    const { worker, send } = await setup()
    worker.driver.failNextTransactions(1, end, which)
    send('1', 'bad', '2')
    await worker.advance('5s')
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(worker.deadLetters).toHaveLength(1)
    expect(worker.committed(Orders).get(0)).toBe(3n)
    expect(group(worker)).toMatchObject({ generation: 2, transactions: { aborted: 0, fenced: 1 } })
    await worker.stop()
  })

  it('changes no ledger when it comes to its end after its lease', async () => {
    const { worker, send } = await setup()
    const release = worker.driver.holdTransactions()
    send('1', '2')
    await worker.settled()
    await worker.driver.loseMember()
    const [before] = worker.worker.inspect().handlers
    expect(before).toMatchObject({ abandoned: 2, processed: 0 })
    release()
    await worker.advance('5s')
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ received: 4, abandoned: 2, processed: 2 })
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    await worker.stop()
  })
})

describe('an output that is refused for what it is', () => {
  it('fails its record and no other: its dead letter goes in its place', async () => {
    const { worker, runs, send } = await setup()
    send('1', 'huge', '2')
    await worker.advance('5s')
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(worker.deadLetters).toMatchObject([{ source: { offset: 1n }, value: Buffer.from('huge') }])
    expect(worker.deadLetters[0]?.headers.get('error-code')).toBe('MILLRACE_PRODUCE_TOO_LARGE')
    expect(runs).toEqual(['1', 'huge', '2'])
    expect(group(worker)?.transactions).toEqual({ committed: 1, aborted: 1, fenced: 0 })
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ processed: 2, deadLettered: 1 })
    await worker.stop()
  })

  it('is skipped where that was written', async () => {
    const { worker, send } = await setup({ options: { deadLetter: undefined, onExhausted: 'skip' } as never })
    send('1', 'huge', '2')
    await worker.advance('5s')
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(said(worker, 'record.skipped')).toMatchObject([
      { offset: 1n, error: { code: 'MILLRACE_PRODUCE_TOO_LARGE' } },
    ])
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ processed: 2, skipped: 1 })
    await worker.stop()
  })

  it('halts its partition where that was written, in its place, and holds no room that others need', async () => {
    const halting = { options: { deadLetter: undefined, onExhausted: 'halt' } as never, bufferedOutputs: 3 }
    const { worker, send } = await setup({ ...halting, partitions: 2 })
    for (const value of ['1', 'huge', '2', '3', '4', '5']) worker.sendRaw(Orders, { partition: 0, value })
    await worker.advance('5s')
    expect([invoices(worker), worker.committed(Orders).get(0)]).toEqual([['invoice of 1'], 1n])
    expect(worker.worker.inspect().isReady).toBe(false)
    expect(said(worker, 'partition.halted')).toMatchObject([{ offset: 1n }])
    expect(group(worker)?.decided).toEqual({ records: 0, outputs: 0, bytes: 0 })
    for (let at = 0; at < 10; at += 1) worker.sendRaw(Orders, { partition: 1, value: `other ${at}` })
    await worker.advance('5s')
    expect(invoices(worker)).toHaveLength(11)
    send()
    await worker.stop()
    expect(worker.committed(Orders)).toEqual(
      new Map([
        [0, 1n],
        [1, 10n],
      ]),
    )
  })

  it('that halts its partition leaves what is behind it in flight as long as the lease is held', async () => {
    const gate = Promise.withResolvers<void>()
    const options = { deadLetter: undefined, onExhausted: 'halt' } as never
    const { worker, send } = await setup({ options, run: (order) => (order === '2' ? gate.promise : undefined) })
    send('1', 'huge', '2', '3', '4')
    await worker.advance('1s')
    expect(said(worker, 'partition.halted')).toHaveLength(1)
    gate.resolve()
    await worker.advance('1s')
    const totals = () => worker.worker.inspect().handlers[0]
    expect(totals()).toMatchObject({ attempts: 3, received: 5, processed: 1, abandoned: 0, inFlight: 4 })
    await worker.stop()
    expect(totals()).toMatchObject({ received: 5, processed: 1, abandoned: 4, inFlight: 0 })
  })

  it('becomes a dead letter where it names a partition that its sink does not have, and its neighbours go out', async () => {
    const invoicing = transform(Orders, { to: Invoices, deadLetter: true, retry: 'none' }, (order) => ({
      value: order,
      ...(order === 'lost' ? { partition: 7 } : {}),
    }))
    const worker = await testWorker({ consumers: [defineConsumer({ group: 'g', handlers: [invoicing] })] })
    for (const value of ['1', 'lost', '2']) worker.sendRaw(Orders, { value })
    await worker.advance('1s')
    expect([invoices(worker), worker.committed(Orders).get(0)]).toEqual([['1', '2'], 3n])
    expect(worker.deadLetters.map(({ value }) => String(value))).toEqual(['lost'])
    expect(said(worker, 'record.dead-lettered')).toMatchObject([{ error: { code: 'MILLRACE_PRODUCE_RECORD_INVALID' } }])
    await worker.stop()
  })

  it('of which the dead letter is too large as well goes through its smaller forms and the policy', async () => {
    const dead = (limit: number) => ({
      verifyTopics: false,
      prepare: (driver: TestWorker['driver']) => {
        driver.createTopic('invoices', {})
        driver.createTopic('orders.g.dlq', { maxMessageBytes: limit })
      },
    })
    const long = `bad${'x'.repeat(600)}`
    const shrunk = await setup(dead(700))
    shrunk.send('1', long, '2')
    await shrunk.worker.advance('5s')
    expect(said(shrunk.worker, 'dead-letter.oversize')).toMatchObject([{ resolution: 'shrunk' }])
    expect([shrunk.worker.deadLetters.length, invoices(shrunk.worker).length]).toEqual([1, 2])
    await shrunk.worker.stop()

    const halted = await setup(dead(400))
    halted.send('1', long, '2')
    await halted.worker.advance('5s')
    expect(said(halted.worker, 'dead-letter.oversize')).toMatchObject([{ resolution: 'halted' }])
    expect([halted.worker.committed(Orders).get(0), invoices(halted.worker)]).toEqual([1n, ['invoice of 1']])
    await halted.worker.stop()

    const skipped = await setup({ ...dead(400), options: { onOversize: 'skip' } })
    skipped.send('1', long, '2')
    await skipped.worker.advance('5s')
    expect(said(skipped.worker, 'record.skipped')).toMatchObject([{ reason: 'oversize-dead-letter' }])
    expect([skipped.worker.committed(Orders).get(0), invoices(skipped.worker).length]).toEqual([3n, 2])
    await skipped.worker.stop()
  })
})

describe('a topic that takes nothing', () => {
  it('stops the partitions that need it, visibly, and is tried again until it does', async () => {
    const { worker, runs, send } = await setup({ verifyTopics: false })
    const refused = fail('MILLRACE_PRODUCE_REFUSED', { topic: 'invoices', partition: 0, reason: 'not allowed' })
    worker.driver.failNextSends(4, refused, { topic: 'invoices' })
    send('1', '2')
    await worker.settled()
    expect(worker.worker.inspect()).toMatchObject({
      isReady: false,
      notReadyBecause: ['orders[0] of group "g" is paused: output-failing'],
    })
    send('3')
    await worker.advance('500ms')
    expect(runs).toEqual(['1', '2'])
    await worker.advance('10s')
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2', 'invoice of 3'])
    expect(worker.worker.inspect().isReady).toBe(true)
    await worker.stop()
  })

  it('of dead letters says so as it does everywhere, and others go on meanwhile', async () => {
    const { worker } = await setup({ partitions: 2 })
    const refused = fail('MILLRACE_PRODUCE_REFUSED', { topic: 'orders.g.dlq', partition: 0, reason: 'not allowed' })
    worker.driver.failNextSends(2, refused, { topic: 'orders.g.dlq' })
    worker.sendRaw(Orders, { partition: 0, value: 'bad' })
    await worker.settled()
    worker.sendRaw(Orders, { partition: 1, value: 'other' })
    await worker.advance('200ms')
    expect(invoices(worker)).toEqual(['invoice of other'])
    expect(said(worker, 'dead-letter.failed')).toMatchObject([{ tries: 1, delayMs: 1_000, offset: 0n }])
    await worker.advance('10s')
    expect(worker.deadLetters).toHaveLength(1)
    expect(said(worker, 'dead-letter.recovered')).toHaveLength(1)
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ deadLetterFailures: 2 })
    await worker.stop()
  })
})

describe('a dead-letter topic with fewer partitions than its source', () => {
  it.each(['exactly-once', 'at-least-once'] as const)(
    'holds the partitions that it lacks, visibly, until it has them: %s',
    async (delivery) => {
      const prepare = (driver: TestWorker['driver']) => {
        driver.createTopic('invoices', {})
        driver.createTopic('orders.g.dlq', { partitions: 1 })
      }
      const { worker, runs } = await setup({ partitions: 2, verifyTopics: false, prepare, options: { delivery } })
      worker.sendRaw(Orders, { partition: 1, value: 'bad' })
      await worker.advance('5s')
      expect(partitionsPaused(worker)).toEqual({ 0: [], 1: ['output-failing'] })
      expect([worker.deadLetters.length, worker.committed(Orders).get(1)]).toEqual([0, undefined])
      expect(said(worker, 'dead-letter.failed')).toMatchObject([{ tries: 1 }, { tries: 2 }, { tries: 3 }])

      worker.driver.deleteTopic('orders.g.dlq')
      worker.driver.createTopic('orders.g.dlq', { partitions: 2 })
      await worker.advance('60s')
      expect([worker.deadLetters.length, worker.committed(Orders).get(1)]).toEqual([1, 1n])
      expect(partitionsPaused(worker)).toEqual({ 0: [], 1: [] })
      expect([runs, said(worker, 'dead-letter.recovered').length]).toEqual([['bad'], 1])
      await worker.stop()
    },
  )
})

describe('the end of a lease', () => {
  it('comes after everything that was decided is committed', async () => {
    const { worker, send } = await setup({ transactionInterval: '10s' })
    send('1')
    await worker.settled()
    send('2', '3')
    await worker.settled()
    expect(invoices(worker)).toHaveLength(1)
    await worker.driver.rebalance()
    expect(invoices(worker)).toHaveLength(3)
    expect(worker.committed(Orders).get(0)).toBe(3n)
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ processed: 3, abandoned: 0 })
    await worker.stop()
  })

  it.each([
    ['rebalance', (worker: TestWorker) => worker.driver.rebalance()],
    ['stop', (worker: TestWorker) => worker.stop()],
  ])('aborts what can not be committed in time, before the lease is over: %s', async (_how, act) => {
    const { worker, send } = await setup()
    const release = worker.driver.holdTransactions()
    send('1', '2')
    await worker.settled()
    let ended: number | undefined
    worker.worker.on('lease.ended', () => (ended ??= worker.driver.transactions.length))
    const done = act(worker)
    await worker.advance('40s')
    await done
    expect(worker.driver.transactions[0]).toMatchObject({ end: 'aborted' })
    expect(ended).toBeGreaterThan(0)
    release()
    await worker.advance('5s')
    expect(new Set(invoices(worker)).size).toBe(invoices(worker).length)
    await worker.stop()
  })

  it('ends a wait for room in the buffer of outputs', async () => {
    const { worker, runs, send } = await setup({ bufferedOutputs: 2, shutdownTimeout: '1s' })
    const release = worker.driver.holdTransactions()
    send('1', '2', '3', '4', '5')
    await worker.advance('1s')
    expect(runs).toEqual(['1', '2'])
    const stopped = worker.worker.stop()
    await worker.advance('30s')
    expect(await stopped).toMatchObject({ abandoned: 5 })
    release()
    await worker.stop()
  })
})

describe('the buffer of outputs', () => {
  it.each([
    ['count', { bufferedOutputs: 10 }],
    ['bytes', { bufferedOutputBytes: '64KiB' as const }],
  ])('is bounded by %s: lanes wait, then fetching stops, and everything comes in the end', async (_what, limit) => {
    const big = 'x'.repeat(7_000)
    const { worker, runs, send } = await setup({
      ...limit,
      bufferedRecords: 5,
      prepare: (driver) => driver.createTopic('invoices', {}),
    })
    const release = worker.driver.holdTransactions()
    send(...Array.from({ length: 40 }, (_, at) => `${at} ${big}`))
    await worker.advance('10s')
    expect(runs.length).toBeLessThanOrEqual(11)
    expect(partition(worker)?.pausedBecause).toEqual(['back-pressure'])
    release()
    await worker.advance('10s')
    expect(invoices(worker)).toHaveLength(40)
    await worker.stop()
  })
})

describe('a transform that is at least once', () => {
  const atLeastOnce = { options: { delivery: 'at-least-once' } } as const

  it('stores its outputs first and its offsets then, without a transaction', async () => {
    const { worker, send } = await setup(atLeastOnce)
    worker.driver.failNextCommits(2)
    send('1', 'bad', '2')
    await worker.advance('5s')
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2']) // acknowledged: not sent again
    expect(worker.deadLetters).toHaveLength(1)
    expect(worker.driver.transactions).toEqual([])
    expect(worker.committed(Orders).get(0)).toBe(3n)
    expect(group(worker)?.commits).toEqual({ done: 1, failed: 2 })
    await worker.stop()
  })

  it('commits nothing whose outputs are not acknowledged', async () => {
    const { worker, send } = await setup(atLeastOnce)
    const release = worker.driver.holdSends({ topic: 'invoices' })
    send('1')
    await worker.advance('10s')
    expect(worker.committed(Orders).get(0)).toBeUndefined()
    release()
    await worker.advance('10s')
    expect(worker.committed(Orders).get(0)).toBe(1n)
    await worker.stop()
  })

  it('goes on in its other partitions while a topic that one of them needs does not answer', async () => {
    const { worker } = await setup({ ...atLeastOnce, partitions: 2 })
    const release = worker.driver.holdSends({ topic: 'orders.g.dlq' })
    worker.sendRaw(Orders, { partition: 0, value: 'bad' })
    await worker.advance('200ms')
    for (const value of ['1', '2']) {
      worker.sendRaw(Orders, { partition: 1, value })
      await worker.advance('200ms')
    }
    expect([worker.committed(Orders).get(0), worker.committed(Orders).get(1)]).toEqual([undefined, 2n])
    release()
    await worker.advance('10s')
    expect([worker.committed(Orders).get(0), worker.deadLetters.length]).toEqual([1n, 1])
    await worker.driver.rebalance()
    worker.sendRaw(Orders, { partition: 1, value: '3' })
    await worker.advance('1s')
    expect(worker.committed(Orders).get(1)).toBe(3n)
    expect(group(worker)?.commits.done).toBeGreaterThanOrEqual(4)
    await worker.stop()
  })

  it('dead-letters a record whose output is too large, without making the others twice', async () => {
    const { worker, send } = await setup(atLeastOnce)
    send('1', 'huge', '2')
    await worker.advance('5s')
    expect(invoices(worker)).toEqual(['invoice of 1', 'invoice of 2'])
    expect(worker.deadLetters).toMatchObject([{ source: { offset: 1n } }])
    await worker.stop()
  })
})

it('a group may have handlers and transforms: each is settled in its own way', async () => {
  const Clicks = topic('clicks', { key: bytes, value: utf8 })
  const handlers = [
    transform(Orders, { to: Invoices, deadLetter: true }, (order) => ({ value: order })),
    handle(Clicks, { deadLetter: true }, () => undefined),
  ]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'g', handlers })] })
  worker.sendRaw(Orders, { value: 'order' })
  worker.sendRaw(Clicks, { value: 'click' })
  await worker.advance('1s')
  expect(group(worker)).toMatchObject({ commits: { done: 1 }, transactions: { committed: 1 } })
  expect([worker.committed(Orders).get(0), worker.committed(Clicks).get(0)]).toEqual([1n, 1n])
  await worker.stop()
})
