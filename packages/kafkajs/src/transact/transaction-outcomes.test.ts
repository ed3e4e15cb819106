import { describe, expect, it } from 'vitest'
import { codeOf } from './test-support/code-of.js'
import { type Meets, scriptProducer } from './test-support/scripted-coordinator.js'

const ABORTED = 'MILLRACE_TRANSACTION_ABORTED'
const FENCED = 'MILLRACE_TRANSACTION_FENCED'
const UNKNOWN = 'MILLRACE_TRANSACTION_UNKNOWN'
const UNAUTHORIZED = 'MILLRACE_DRIVER_UNAUTHORIZED'

/** A producer with an id, as `openTransactions` returns it. */
async function setup(options: Parameters<typeof scriptProducer>[0] = {}) {
  const scripted = scriptProducer(options)
  await scripted.epoch.renew()
  scripted.asked.length = 0
  return scripted
}

describe('a transaction with a record and an offset', () => {
  it('is five requests, and the coordinators are asked for once', async () => {
    const { asked, cluster, commits, count, transact, values } = await setup()
    expect(await transact(commits)).toMatchObject({ code: 'committed', sent: ['stored'] })
    expect([asked.length, count('FindCoordinator')]).toEqual([5, 1])
    asked.length = 0
    expect(await transact(commits)).toMatchObject({ code: 'committed' })
    expect(asked).toEqual(['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'])
    expect([values(), cluster.requests.length, cluster.reused]).toEqual([['a', 'a'], 2, []])
  })

  it('needs no record: what was filtered out is committed all the same', async () => {
    const { asked, commits, transact } = await setup()
    expect(await transact(commits, [])).toMatchObject({ code: 'committed' })
    expect(asked).toEqual(['AddOffsetsToTxn', 'FindCoordinator', 'TxnOffsetCommit', 'EndTxn'])
    expect(await transact([], [])).toMatchObject({ code: 'committed' })
    expect(asked.length).toBe(4)
  })

  // Beside the outcome: what EndTxn was asked for how often, and how often the id was taken anew.
  it.each<[string, Meets[], string, { ends: number; renewed: number; refused?: number[]; cause?: string }]>([
    ['AddPartitionsToTxn', [51, 51, 51], 'committed', { ends: 1, renewed: 0 }],
    ['AddPartitionsToTxn', [14, 16, 15], 'committed', { ends: 1, renewed: 0 }],
    ['AddPartitionsToTxn', ['lost'], ABORTED, { ends: 0, renewed: 1 }],
    ['AddPartitionsToTxn', [-1], ABORTED, { ends: 0, renewed: 1 }],
    ['AddPartitionsToTxn', [48], ABORTED, { ends: 0, renewed: 1 }],
    ['AddPartitionsToTxn', [49], ABORTED, { ends: 0, renewed: 1 }],
    ['AddPartitionsToTxn', [777], ABORTED, { ends: 0, renewed: 1 }],
    ['AddPartitionsToTxn', [47], FENCED, { ends: 0, renewed: 0, refused: [47] }],
    ['AddPartitionsToTxn', [90], FENCED, { ends: 0, renewed: 0, refused: [90] }],
    ['AddPartitionsToTxn', [53], ABORTED, { ends: 1, renewed: 0, cause: UNAUTHORIZED }],
    ['AddOffsetsToTxn', [51, 16], 'committed', { ends: 1, renewed: 0 }],
    ['AddOffsetsToTxn', ['lost'], ABORTED, { ends: 0, renewed: 1 }],
    ['AddOffsetsToTxn', [47], FENCED, { ends: 0, renewed: 0, refused: [47] }],
    ['AddOffsetsToTxn', [30], ABORTED, { ends: 1, renewed: 0, cause: UNAUTHORIZED }],
    ['TxnOffsetCommit', [14, 15, 16, 3], 'committed', { ends: 1, renewed: 0 }],
    ['TxnOffsetCommit', ['lost'], ABORTED, { ends: 0, renewed: 1 }],
    ['TxnOffsetCommit', [22], FENCED, { ends: 1, renewed: 0, refused: [22] }],
    ['TxnOffsetCommit', [25], FENCED, { ends: 1, renewed: 0, refused: [25] }],
    ['TxnOffsetCommit', [82], FENCED, { ends: 1, renewed: 0, refused: [82] }],
    ['TxnOffsetCommit', [27], ABORTED, { ends: 1, renewed: 0 }],
    ['TxnOffsetCommit', [12], ABORTED, { ends: 1, renewed: 0 }],
    ['TxnOffsetCommit', [30], ABORTED, { ends: 1, renewed: 0, cause: UNAUTHORIZED }],
    ['TxnOffsetCommit', [47], FENCED, { ends: 0, renewed: 0, refused: [47] }],
    ['EndTxn', [51, 14], 'committed', { ends: 3, renewed: 0 }],
    ['EndTxn', [16, 15], 'committed', { ends: 3, renewed: 0 }],
    ['EndTxn', [47], FENCED, { ends: 1, renewed: 0, refused: [47] }],
    // Refused for certain: it is still open, and ended by the next epoch.
    ['EndTxn', [48], ABORTED, { ends: 1, renewed: 1 }],
    ['EndTxn', [53], ABORTED, { ends: 1, renewed: 1, cause: UNAUTHORIZED }],
    ['EndTxn', ['lost'], ABORTED, { ends: 1, renewed: 1 }],
    // A coordinator that moved may have written the commit: the offsets are looked at before it counts as fenced.
    ['EndTxn', [16, 47], FENCED, { ends: 2, renewed: 0, refused: [47] }],
  ])('%s answered %j: %s', async (apiName, meets, code, { ends, renewed, refused: told = [], cause }) => {
    const { commits, count, meets: script, refused, transact } = await setup()
    script(apiName, ...meets)
    const ended = await transact(commits)
    expect(ended.code).toBe(code)
    expect([count('EndTxn'), count('InitProducerId'), refused]).toEqual([ends, renewed, told])
    if (cause !== undefined) expect(ended.cause).toMatchObject({ code: cause })
    // Whatever it was, the next one goes on, with a new id where this one is worth nothing any more.
    expect(await transact(commits)).toMatchObject({ code: 'committed', sent: ['stored'] })
  })

  it.each([
    ['before it is asked for', undefined, 0],
    ['while its offsets are added', 'AddOffsetsToTxn', 1],
  ])('never commits offsets of a lease that has ended: %s', async (_when, apiName, added) => {
    const { commits, count, held, refused, transact, values, whenAnswered } = await setup()
    const end = (): void => void (held.isHeld = false)
    if (apiName === undefined) end()
    else whenAnswered(apiName, end)
    expect((await transact(commits)).code).toBe(FENCED)
    // Its group has said nothing: the other leases of the generation go on.
    expect([count('AddOffsetsToTxn'), count('TxnOffsetCommit'), refused]).toEqual([added, 0, []])
    held.isHeld = true
    expect((await transact(commits, ['b'])).code).toBe('committed')
    expect(values().at(-1)).toBe('b')
  })

  it.each<[string, string, Meets, number]>([
    ['the id has moved', 'AddOffsetsToTxn', 16, 1],
    ['the group has moved', 'TxnOffsetCommit', 16, 1],
    ['its connection was lost', 'EndTxn', 'lost', 1],
    ['it is loading', 'EndTxn', 14, 0],
  ])('asks for a coordinator again where %s', async (_what, apiName, what, times) => {
    const { commits, count, group, meets, transact } = await setup()
    await transact(commits)
    const before = count('FindCoordinator')
    group.offset = 5n
    meets(apiName, what)
    expect((await transact(commits)).code).toBe('committed')
    expect(count('FindCoordinator') - before).toBe(times)
  })

  it('waits until it is over for whoever aborts it while it is being committed', async () => {
    const { clock, count, meets, producer, send } = await setup()
    meets('EndTxn', 51, 51)
    const transaction = producer.begin()
    const sent = send(transaction, 'a')
    await clock.settle()
    const [committed, aborted] = [transaction.commit(), transaction.abort()]
    await clock.advance(1_000)
    await Promise.all([committed, aborted, sent])
    expect(count('EndTxn')).toBe(3)
  })

  it.each([
    ['the offset is there', 5n, 'committed'],
    ['the group is further', 9n, 'committed'],
    ['it is not', 4n, ABORTED],
    ['nothing is', -1n, ABORTED],
  ])('finds the outcome of a lost end out: %s', async (_what, offset, code) => {
    const { asked, bodies, commits, group, meets, refused, transact } = await setup()
    group.offset = offset
    meets('EndTxn', 'lost')
    meets('OffsetFetch', 88, 88, 14, 'lost')
    expect((await transact(commits)).code).toBe(code)
    // Fenced first, asked then: what is still open is not taken for what has ended.
    expect(asked.filter((name) => ['InitProducerId', 'OffsetFetch'].includes(name)).slice(0, 2)).toEqual([
      'InitProducerId',
      'OffsetFetch',
    ])
    expect(refused).toEqual([])
    expect(bodies.get('OffsetFetch')?.at(-2)).toBe(1) // require stable
  })

  it('finds the outcome out for somebody who was fenced after a doubt as well', async () => {
    const { commits, count, group, meets, refused, transact } = await setup()
    group.offset = 5n
    meets('EndTxn', 15, 47)
    expect((await transact(commits)).code).toBe('committed')
    expect([count('InitProducerId'), refused]).toEqual([0, []])
  })

  it.each([
    ['it is committed', [16], 5n, 'committed'],
    ['it is not', [16], 4n, ABORTED],
    ['its coordinator was loading first', [14, 8], 5n, 'committed'],
  ])('keeps its doubt when a later try can not even be asked: %s', async (_what, first, offset, code) => {
    const { commits, group, meets, transact, whenAnswered } = await setup()
    group.offset = offset
    meets('EndTxn', ...first)
    whenAnswered('EndTxn', () => meets('FindCoordinator', 53))
    expect((await transact(commits)).code).toBe(code)
  })

  it('finds the outcome out where its coordinator was loading until the time was over', async () => {
    const { commits, count, group, meets, transact } = await setup({ transactionTimeoutMs: 3_000 })
    group.offset = 5n
    meets('EndTxn', ...Array.from({ length: 1_000 }, () => 14))
    expect((await transact(commits)).code).toBe('committed')
    expect(count('OffsetFetch')).toBe(1)
  })

  it('commits the others of a group whose topic was deleted, about a second later', async () => {
    const { bodies, clock, count, meets, transact, twoCommits } = await setup()
    const startedAt = clock.now()
    meets('TxnOffsetCommit', ...Array.from({ length: 1_000 }, () => 3))
    expect(await transact(twoCommits)).toMatchObject({ code: 'committed', sent: ['stored'] })
    expect(clock.now() - startedAt).toBeLessThan(2_000)
    expect([count('TxnOffsetCommit') > 1, bodies.get('EndTxn')?.at(-1)]).toEqual([true, 1])
  })

  it('does not look for the offset of a topic that was deleted', async () => {
    const { group, meets, transact, twoCommits } = await setup()
    meets('TxnOffsetCommit', ...Array.from({ length: 1_000 }, () => 3))
    meets('EndTxn', 'lost')
    group.others.set(1, 5n)
    expect((await transact(twoCommits)).code).toBe('committed')
  })

  it('repeats a lost end where no offset is left that could tell', async () => {
    const { commits, count, meets, transact } = await setup()
    meets('TxnOffsetCommit', ...Array.from({ length: 1_000 }, () => 3))
    meets('EndTxn', 'lost', 'lost')
    expect((await transact(commits)).code).toBe('committed')
    expect([count('EndTxn'), count('OffsetFetch')]).toEqual([3, 0])
  })

  it.each<[string, bigint, bigint, string]>([
    ['all of them', 5n, 6n, 'committed'],
    ['none of them', 4n, -1n, ABORTED],
    ['one of them: the topic of the other may have been deleted meanwhile', 5n, -1n, UNKNOWN],
  ])('takes a lost end for what its offsets say: %s', async (_what, first, second, code) => {
    const { group, meets, refused, transact, twoCommits } = await setup()
    Object.assign(group, { offset: first, others: new Map([[1, second]]) })
    meets('EndTxn', 'lost')
    expect((await transact(twoCommits)).code).toBe(code)
    expect(refused.length).toBe(code === UNKNOWN ? 1 : 0)
  })

  it.each([
    ['its id is not given back', 'InitProducerId', 51],
    ['the offsets stay unstable', 'OffsetFetch', 88],
    ['the group may not be read', 'OffsetFetch', 30],
  ])('is unknown where it can not be found out in time, and its leases end: %s', async (_what, apiName, code) => {
    const { commits, meets, refused, transact } = await setup({ transactionTimeoutMs: 3_000 })
    meets('EndTxn', 'lost')
    meets(apiName, ...Array.from({ length: 1_000 }, () => code))
    expect((await transact(commits)).code).toBe(UNKNOWN)
    expect(refused.length).toBe(1)
  })
})

describe('a transaction without offsets', () => {
  it('repeats an end that was lost until there is an answer, and then takes a new epoch', async () => {
    const { count, meets, transact, values } = await setup()
    meets('EndTxn', 'lost', 51, 'lost')
    expect((await transact()).code).toBe('committed')
    expect([count('EndTxn'), count('InitProducerId')]).toEqual([4, 0])
    expect((await transact([], ['b'])).code).toBe('committed')
    expect([count('InitProducerId'), values()]).toEqual([1, ['a', 'b']])
  })

  it.each<[string, Meets[]]>([
    ['no answer', Array.from({ length: 100 }, () => 'lost')],
    ['fenced meanwhile', ['lost', 47]],
    ['its coordinator was loading', Array.from({ length: 100 }, () => 14)],
  ])('is unknown where nobody can say any more: %s', async (_what, what) => {
    const { meets, transact } = await setup({ transactionTimeoutMs: 3_000 })
    meets('EndTxn', ...what)
    expect((await transact()).code).toBe(UNKNOWN)
    meets('EndTxn')
    expect((await transact()).code).toBe('committed')
  })

  it('is unknown where its coordinator may not be looked for any more', async () => {
    const { meets, transact } = await setup()
    await transact()
    meets('EndTxn', 'lost')
    meets('FindCoordinator', 53)
    expect((await transact()).code).toBe(UNKNOWN)
  })
})

describe('a record of a transaction', () => {
  it.each<[string, number, string, { ends: number; renewed: number; sent: string }]>([
    // The fault of the transaction, and not of a topic: the same goes again.
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, ABORTED, { ends: 0, renewed: 1, sent: ABORTED }],
    ['INVALID_TXN_STATE', 48, ABORTED, { ends: 0, renewed: 1, sent: ABORTED }],
    ['INVALID_PRODUCER_ID_MAPPING', 49, ABORTED, { ends: 0, renewed: 1, sent: ABORTED }],
    ['UNKNOWN_PRODUCER_ID', 59, ABORTED, { ends: 0, renewed: 1, sent: ABORTED }],
    ['INVALID_PRODUCER_EPOCH', 47, FENCED, { ends: 0, renewed: 0, sent: ABORTED }],
    ['PRODUCER_FENCED', 90, FENCED, { ends: 0, renewed: 0, sent: ABORTED }],
    ['TOPIC_AUTHORIZATION_FAILED', 29, ABORTED, { ends: 1, renewed: 0, sent: 'MILLRACE_PRODUCE_REFUSED' }],
  ])('that its leader refuses ends it, and is never numbered anew in it: %s', async (_name, fault, code, then) => {
    const { cluster, commits, count, transact, values } = await setup()
    cluster.fault = () => fault
    expect(await transact(commits)).toMatchObject({ code, sent: [then.sent] })
    expect(cluster.requests.length).toBe(1)
    expect([count('EndTxn'), count('InitProducerId')]).toEqual([then.ends, then.renewed])
    cluster.fault = () => undefined
    expect((await transact(commits, ['b'])).code).toBe('committed')
    expect([values(), cluster.reused]).toEqual([['b'], []])
  })

  it('that may be stored or not at its deadline ends it, and the next one has another epoch', async () => {
    const { cluster, commits, count, transact, values } = await setup()
    cluster.fault = () => 'lost-for-now'
    expect(await transact(commits)).toMatchObject({ code: ABORTED, sent: ['MILLRACE_PRODUCE_UNKNOWN'] })
    expect([count('EndTxn'), count('InitProducerId')]).toEqual([0, 1])
    cluster.fault = () => undefined
    expect((await transact([], ['b'])).code).toBe('committed')
    expect(values()).toEqual(['b'])
  })

  it('that waits when it is aborted is dropped; what is in the air is waited for', async () => {
    const { clock, cluster, count, producer, send, transact, values } = await setup()
    const transaction = producer.begin()
    const first = send(transaction, 'in the air')
    const gate = Promise.withResolvers<void>()
    cluster.gate = gate.promise
    await clock.settle()
    const second = send(transaction, 'waits')
    const aborted = transaction.abort()
    expect(await Promise.all([first, second])).toEqual([ABORTED, ABORTED])
    await clock.settle()
    expect([cluster.requests.length, count('EndTxn')]).toEqual([1, 0])
    cluster.gate = undefined
    gate.resolve()
    await aborted
    expect([count('EndTxn'), count('InitProducerId'), values()]).toEqual([1, 0, ['in the air']])
    expect((await transact([], ['next'])).code).toBe('committed')
    expect([values(), cluster.reused]).toEqual([['in the air', 'next'], []])
  })

  it('that waits to be repeated when it is aborted gives its sequence back', async () => {
    const { clock, cluster, count, producer, send, transact, values } = await setup()
    const faults = [19]
    cluster.fault = () => faults.shift()
    const transaction = producer.begin()
    const sent = send(transaction, 'a')
    await clock.settle()
    await transaction.abort()
    expect([await sent, cluster.requests.length, count('EndTxn')]).toEqual([ABORTED, 1, 1])
    expect((await transact([], ['b'])).code).toBe('committed')
    expect([values(), cluster.reused]).toEqual([['b'], []])
  })

  it('in the air whose answer is lost while it is aborted costs the epoch', async () => {
    const { clock, cluster, count, producer, send } = await setup()
    const transaction = producer.begin()
    const gate = Promise.withResolvers<void>()
    cluster.gate = gate.promise
    cluster.fault = () => 'lost-after-append'
    void send(transaction, 'a')
    await clock.settle()
    const aborted = transaction.abort()
    gate.resolve()
    await aborted
    expect([count('EndTxn'), count('InitProducerId')]).toEqual([0, 1])
  })

  it('in the air that is fenced while it is aborted takes the id back only for the next one', async () => {
    const { clock, cluster, count, meets, producer, send, transact } = await setup()
    const transaction = producer.begin()
    const gate = Promise.withResolvers<void>()
    cluster.gate = gate.promise
    cluster.fault = () => 47
    void send(transaction, 'a')
    await clock.settle()
    const aborted = transaction.abort()
    gate.resolve()
    await aborted
    expect([count('EndTxn'), count('InitProducerId')]).toEqual([0, 0])
    Object.assign(cluster, { gate: undefined, fault: () => undefined })
    expect((await transact()).code).toBe('committed')
    expect(count('InitProducerId')).toBe(1)
    const fenced = producer.begin()
    const sent = send(fenced, 'b')
    await clock.settle()
    await sent
    meets('EndTxn', 90)
    await fenced.abort()
    expect([count('EndTxn'), count('InitProducerId')]).toEqual([2, 1])
  })

  it.each([
    ['in the air', 'a batch'],
    ['at its end', 'EndTxn'],
  ])('of a commit that is fenced while it is aborted ends the leases of its offsets: %s', async (_when, what) => {
    const { clock, cluster, commits, meets, producer, refused, send } = await setup()
    const transaction = producer.begin()
    const gate = Promise.withResolvers<void>()
    if (what === 'a batch') {
      cluster.gate = gate.promise
      cluster.fault = () => 47
    } else meets('EndTxn', 47)
    const sent = send(transaction, 'a')
    await clock.settle()
    meets('TxnOffsetCommit', 27)
    const committed = transaction.commit(commits).then(() => 'committed', codeOf)
    await clock.advance(100)
    gate.resolve()
    expect([await committed, refused]).toEqual([FENCED, [47]])
    await sent
  })

  it('for a topic that is not permitted is refused; its neighbours are added without it', async () => {
    const { clock, meets, producer, send } = await setup()
    meets('AddPartitionsToTxn', 29)
    const transaction = producer.begin()
    const sent = [send(transaction, 'a', 0), send(transaction, 'b', 1)]
    await clock.advance(1_000)
    expect(await Promise.all(sent)).toEqual(['MILLRACE_PRODUCE_REFUSED', 'stored'])
    await transaction.abort()
  })

  it('of any number of partitions takes one request to add those that are met together', async () => {
    const { count, clock, producer, send } = await setup()
    const transaction = producer.begin()
    const sent = [0, 1, 2, 0, 1].map((partition) => send(transaction, 'x', partition))
    await clock.advance(100)
    await Promise.all(sent)
    expect(count('AddPartitionsToTxn')).toBe(1)
    await transaction.commit()
    expect(count('EndTxn')).toBe(1)
  })
})

describe('the partitions of a transaction', () => {
  it('are not asked for again while they are being asked for', async () => {
    const { clock, count, meets, producer, send } = await setup()
    meets('AddPartitionsToTxn', 51, 51, 51)
    const transaction = producer.begin()
    const sent = [send(transaction, 'a')]
    await clock.advance(1)
    sent.push(send(transaction, 'b'))
    await clock.advance(100)
    expect(await Promise.all(sent)).toEqual(['stored', 'stored'])
    await transaction.commit()
    expect(count('AddPartitionsToTxn')).toBe(4)
  })

  it('that a later record needs are asked for after the ones on their way', async () => {
    const { clock, count, meets, producer, send } = await setup()
    meets('AddPartitionsToTxn', 51, 51, 51)
    const transaction = producer.begin()
    const sent = [send(transaction, 'a')]
    await clock.advance(1)
    sent.push(send(transaction, 'b', 0), send(transaction, 'c', 1))
    await clock.advance(100)
    expect(await Promise.all(sent)).toEqual(['stored', 'stored', 'stored'])
    await transaction.commit()
    expect(count('AddPartitionsToTxn')).toBe(5)
  })

  it('of a topic that was deleted are given up by name, and their neighbours are added without them', async () => {
    const { clock, commits, looked, meets, producer, send } = await setup()
    meets('AddPartitionsToTxn', ...Array.from({ length: 1_000 }, () => 3))
    const transaction = producer.begin()
    const sent = [send(transaction, 'a', 0), send(transaction, 'b', 1)]
    await clock.advance(200)
    expect(looked.times).toBeGreaterThan(1) // whether they still are where they were
    await clock.advance(1_000)
    expect(await Promise.all(sent)).toEqual(['MILLRACE_PRODUCE_REFUSED', 'stored'])
    await expect(transaction.commit(commits)).rejects.toMatchObject({ code: ABORTED })
  })

  it.each([['commit'], ['abort']] as const)('are never asked for once its end is: %s', async (end) => {
    const { asked, clock, meets, producer, send } = await setup()
    meets('AddPartitionsToTxn', 51, 0, 16, 16, 0)
    const transaction = producer.begin()
    const sent = [send(transaction, 'a')]
    await clock.advance(1)
    sent.push(send(transaction, 'b'))
    await clock.advance(1)
    const ended = transaction[end]()
    await clock.advance(1_000)
    await Promise.all([ended, ...sent])
    expect(asked.indexOf('EndTxn')).toBeGreaterThan(asked.lastIndexOf('AddPartitionsToTxn'))
  })
})

describe('the end of a transaction', () => {
  it('that nobody can reach is bounded, and leaves no timer', async () => {
    const { clock, cluster, producer, send } = await setup({ transactionTimeoutMs: 3_000 })
    const transaction = producer.begin()
    const sent = send(transaction, 'a')
    await clock.settle()
    expect(await sent).toBe('stored')
    cluster.isReachable = false
    let isOver = false
    void transaction.abort().then(() => (isOver = true))
    await clock.advance(10_000)
    expect(isOver).toBe(true)
    const closed = producer.close()
    await clock.advance(10_000)
    await closed
    expect(clock.timersWaiting).toBe(0)
  })

  it.each<[string, string, Meets, number]>([
    ['the id', 'InitProducerId', 51, 0],
    ['an answer about the id', 'InitProducerId', 'silence', 0],
    ['partitions', 'AddPartitionsToTxn', 'silence', 1],
    ['an answer about offsets', 'AddOffsetsToTxn', 'silence', 1],
    ['the place of the group', 'FindCoordinator', 'silence', 0],
    ['offsets', 'TxnOffsetCommit', 14, 1],
  ])('comes at once where the commit is called off while it waits for %s', async (_what, apiName, what, renewed) => {
    const { clock, commits, count, epoch, meets, producer, send } = await setup()
    if (apiName === 'InitProducerId') epoch.retire(epoch.current)
    meets(apiName, ...Array.from({ length: 100 }, () => what))
    const transaction = producer.begin()
    const sent = send(transaction, 'a')
    const signal = new AbortController()
    const committed = transaction.commit(commits, signal.signal).then(
      () => 'committed',
      (error: Error & { code: string }) => [error.code, error.message],
    )
    await clock.advance(200)
    const before = count('InitProducerId')
    signal.abort()
    await clock.advance(1)
    expect(await Promise.race([committed, clock.settle().then(() => 'is not over')])).toEqual([
      ABORTED,
      expect.stringContaining('its commit was called off'),
    ])
    expect([await sent, count('InitProducerId') - before]).toEqual([expect.stringMatching(/^(stored|MILL)/), renewed])
  })

  it('takes one transaction time-out at most where it is an abort', async () => {
    const { clock, meets, producer, send } = await setup({ transactionTimeoutMs: 3_000 })
    const transaction = producer.begin()
    const sent = send(transaction, 'a')
    await clock.settle()
    expect(await sent).toBe('stored')
    meets('EndTxn', ...Array.from({ length: 100 }, () => 51))
    meets('InitProducerId', ...Array.from({ length: 100 }, () => 51))
    let isOver = false
    void transaction.abort().then(() => (isOver = true))
    await clock.advance(3_001)
    expect(isOver).toBe(true)
  })

  it('is not waited for longer than the limit of a request that nobody answers', async () => {
    const { clock, commits, group, meets, transact } = await setup({ transactionTimeoutMs: 3_000 })
    group.offset = 5n
    meets('EndTxn', 'silence')
    const startedAt = clock.now()
    expect((await transact(commits)).code).toBe('committed')
    expect(clock.now() - startedAt).toBeLessThan(3_500)
  })

  it('waits between two tries, 1 ms first where the markers of the one before are being written', async () => {
    const { clock, count, meets, producer, send } = await setup()
    meets('AddPartitionsToTxn', ...Array.from({ length: 11 }, () => 51))
    const transaction = producer.begin()
    const sent = send(transaction, 'a')
    const seen: number[] = []
    for (const ms of [0, 1, 2, 4, 8, 16, 32, 64, 100, 100]) {
      await clock.advance(ms)
      seen.push(count('AddPartitionsToTxn'))
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    await clock.advance(1_000)
    expect(await sent).toBe('stored')
    await transaction.commit()
  })

  it('refuses brokers that can not fence offsets', async () => {
    const { commits, transact } = await setup({ versions: 2 })
    expect(await transact(commits)).toMatchObject({
      code: ABORTED,
      cause: { code: 'MILLRACE_DRIVER_TRANSACTIONS_UNSUPPORTED' },
    })
  })
})
