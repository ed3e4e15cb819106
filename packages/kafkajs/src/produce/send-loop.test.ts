import { describe, expect, it } from 'vitest'
import type { Fault, ScriptedCluster } from './test-support/scripted-cluster.js'
import { hold, setup } from './test-support/send-loop-setup.js'

describe('sending', () => {
  it('sends what was sent in one turn as one batch, at the end of the turn and without lingering', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { lingerMs: 10_000 })
    await warmUp()
    const [first, second] = [send('a'), send('b')]
    await clock.settle()
    expect([first.report?.offset, second.report?.offset]).toEqual([0n, 1n])
    expect(values()).toEqual(['a', 'b'])
    expect(cluster.requests).toEqual([['t/0']])
  })

  it('carries all partitions of a leader in one request', async () => {
    const { clock, cluster, send, warmUp } = setup()
    await warmUp()
    send('a', { partition: 0 })
    send('b', { partition: 1 })
    await clock.settle()
    expect(cluster.requests).toEqual([['t/0', 't/1']])
  })

  it('has one batch of a partition in flight', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { lingerMs: 0 })
    await warmUp()
    const open = hold(cluster)
    send('a')
    await clock.settle()
    send('b')
    await clock.advance(1_000)
    expect(cluster.requests).toEqual([['t/0']])
    open()
    await clock.settle()
    expect(cluster.requests).toEqual([['t/0'], ['t/0']])
    expect(values()).toEqual(['a', 'b'])
  })

  it('lets another partition of a busy leader wait for company, at most for the linger time', async () => {
    const { clock, cluster, send, warmUp } = setup(undefined, { lingerMs: 5 })
    await warmUp()
    hold(cluster)
    send('a', { partition: 0 })
    await clock.settle()
    send('b', { partition: 1 })
    await clock.advance(4)
    expect(cluster.requests).toEqual([['t/0']])
    await clock.advance(1)
    expect(cluster.requests).toEqual([['t/0'], ['t/1']])
  })

  it('sends a full batch to a busy leader at once', async () => {
    const { clock, cluster, send, warmUp } = setup(undefined, { lingerMs: 10_000, maxBatchBytes: 1_000 })
    await warmUp()
    hold(cluster)
    send('a', { partition: 0 })
    await clock.settle()
    send('x'.repeat(1_000), { partition: 1 })
    await clock.settle()
    expect(cluster.requests).toEqual([['t/0'], ['t/1']])
  })

  it('keeps no timer when nothing waits', async () => {
    const { clock, send } = setup()
    send('a')
    await clock.settle()
    expect(clock.timersWaiting).toBe(0)
  })
})

describe('a partition is checked before a batch is made', () => {
  it('refuses a partition that the topic does not have, and stores its neighbours', async () => {
    const { clock, send, values } = setup({ t: 2 })
    const [good, bad, worse] = [send('a'), send('b', { partition: 2 }), send('c', { partition: -1 })]
    await clock.advance(1_000)
    expect([good.report?.offset, bad.code, worse.code]).toEqual([
      0n,
      'MILLRACE_PRODUCE_RECORD_INVALID',
      'MILLRACE_PRODUCE_RECORD_INVALID',
    ])
    expect(values()).toEqual(['a'])
  })

  it('refuses a topic that the cluster does not know', async () => {
    const { clock, send } = setup()
    const sent = send('a', { topic: 'missing' })
    await clock.advance(1_000)
    expect(sent.code).toBe('MILLRACE_PRODUCE_REFUSED')
  })

  it('waits a moment for a partition that was just added', async () => {
    const { clock, cluster, send } = setup({ t: 1 })
    send('a')
    await clock.settle()
    const sent = send('b', { partition: 1 })
    await clock.settle()
    cluster.topics.set('t', 2)
    await clock.advance(1_000)
    expect(sent.report).toMatchObject({ partition: 1, offset: 0n })
  })

  it('asks again before it trusts metadata that is older than 30 s', async () => {
    const { clock, cluster, send } = setup({ t: 2 })
    send('a')
    await clock.advance(31_000)
    cluster.topics.set('t', 1)
    const sent = send('b', { partition: 1 })
    cluster.requests.length = 0
    await clock.advance(1_000)
    expect(sent.code).toBe('MILLRACE_PRODUCE_RECORD_INVALID')
    expect(cluster.requests).toEqual([])
  })

  it.each([0, 1, 7])('refuses what waits for a topic that is deleted, where metadata takes %i ms', async (takesMs) => {
    const { clock, cluster, send } = setup({ deleted: 1 })
    send('a', { topic: 'deleted' })
    await clock.settle()
    cluster.metadataDelay = () => clock.wait(takesMs, new AbortController().signal)
    cluster.topics.delete('deleted')
    const sent = send('b', { topic: 'deleted' })
    await clock.advance(2_000)
    expect(sent.code).toBe('MILLRACE_PRODUCE_REFUSED')
  })
})

describe('an unknown outcome', () => {
  it.each<[string, Fault]>([
    ['before it was stored', 'lost-before-append'],
    ['after it was stored', 'lost-after-append'],
    ['stored, too few replicas', 'stored-then-20'],
    ['stored, then another node became the leader', 'stored-then-6'],
  ])('repeats the same batch: %s', async (_name, fault) => {
    const { clock, cluster, send, values, warmUp } = setup()
    await warmUp()
    const faults = [fault, fault]
    cluster.fault = () => faults.shift()
    const [first, second] = [send('a'), send('b')]
    await clock.settle()
    const later = send('c')
    await clock.advance(1_000)
    expect([first.report?.offset, second.report?.offset, later.report?.offset]).toEqual([0n, 1n, 2n])
    expect(values()).toEqual(['a', 'b', 'c'])
    expect([cluster.producerIds, cluster.reused]).toEqual([1, []])
  })

  it('is reported as unknown at the delivery time, and its sequence is never used again', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { deliveryTimeoutMs: 1_000 })
    await warmUp()
    cluster.fault = () => 'lost-after-append'
    const lost = send('a')
    await clock.advance(1_100)
    expect(lost.code).toBe('MILLRACE_PRODUCE_UNKNOWN')
    cluster.fault = () => undefined
    const next = send('b')
    await clock.advance(2_000)
    expect(next.report?.offset).toBe(1n)
    expect([values(), cluster.producerIds, cluster.reused]).toEqual([['a', 'b'], 2, []])
  })

  it('costs one producer id, however many partitions it concerns', async () => {
    const { clock, cluster, send, warmUp } = setup({ t: 3 }, { deliveryTimeoutMs: 1_000 })
    await warmUp()
    cluster.fault = (_topic, partition) => (partition === 2 ? undefined : 20)
    send('a', { partition: 0 })
    await clock.advance(500)
    send('b', { partition: 1 })
    await clock.advance(600)
    const other = send('c', { partition: 2 })
    await clock.advance(1_000)
    const last = send('d', { partition: 2 })
    await clock.settle()
    expect([other.report?.offset, last.report?.offset, cluster.producerIds]).toEqual([0n, 1n, 2])
  })

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 29],
    ['MESSAGE_TOO_LARGE', 10],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45],
  ])('stays unknown when a later try is refused with %s, and says so', async (name, code) => {
    const { clock, cluster, send, warmUp } = setup()
    await warmUp()
    const faults: Fault[] = ['lost-after-append', code]
    cluster.fault = () => faults.shift()
    const sent = send('a')
    await clock.advance(1_000)
    expect(sent.code).toBe('MILLRACE_PRODUCE_UNKNOWN')
    expect(sent.error).toMatchObject({ cause: { message: `the leader of t[0] answered ${name}` } })
  })

  it('has the lost answer as its cause', async () => {
    const { clock, cluster, send, warmUp } = setup(undefined, { deliveryTimeoutMs: 1_000 })
    await warmUp()
    cluster.fault = () => 'lost-after-append'
    const sent = send('a')
    await clock.advance(1_100)
    expect(sent.error).toMatchObject({ code: 'MILLRACE_PRODUCE_UNKNOWN', cause: { message: 'answer lost' } })
  })
})

describe('a definite answer', () => {
  it('times out as certainly not stored when no try can have stored it', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { deliveryTimeoutMs: 1_000 })
    await warmUp()
    cluster.fault = () => 19
    const refused = send('a')
    await clock.advance(1_100)
    expect(refused.code).toBe('MILLRACE_PRODUCE_TIMED_OUT')
    cluster.fault = () => undefined
    send('b')
    await clock.advance(2_000)
    expect([values(), cluster.producerIds]).toEqual([['b'], 1])
  })

  it('never stores a record of a repeated batch that was told it had timed out', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { deliveryTimeoutMs: 1_000 })
    await warmUp()
    cluster.isReachable = false
    const early = send('a')
    await clock.advance(500)
    const late = send('b')
    cluster.fault = () => 19
    cluster.isReachable = true
    await clock.advance(600)
    expect([early.code, late.code]).toEqual(['MILLRACE_PRODUCE_TIMED_OUT', undefined])
    cluster.fault = () => undefined
    await clock.advance(400)
    expect([late.report?.offset, values(), cluster.reused]).toEqual([0n, ['b'], []])
  })

  it.each<[string, (cluster: ScriptedCluster) => void, RegExp]>([
    ['no broker is reachable', (cluster) => (cluster.isReachable = false), /connection refused/],
    ['too few replicas are in sync', (cluster) => (cluster.fault = () => 19), /t\[0\] answered NOT_ENOUGH_REPLICAS/],
    ['nobody leads the partition', (cluster) => cluster.leaders.set('t/0', -1), /t\[0\] has no leader/],
    ['a quota is used up', (cluster) => (cluster.throttledUntil = 60_000), /quota of node 1/],
  ])('times out as certainly not stored, and says why: %s', async (_why, break_, words) => {
    const { clock, cluster, send, values } = setup(undefined, { deliveryTimeoutMs: 1_000 })
    break_(cluster)
    const sent = send('a')
    await clock.advance(1_001)
    expect([sent.code, values()]).toEqual(['MILLRACE_PRODUCE_TIMED_OUT', []])
    expect(sent.error).toMatchObject({ cause: { message: expect.stringMatching(words) } })
  })

  it('names no trouble that is over', async () => {
    const { clock, cluster, send, warmUp } = setup(undefined, { deliveryTimeoutMs: 1_000 })
    await warmUp()
    const faults: Fault[] = [19]
    cluster.fault = () => faults.shift()
    send('a')
    await clock.advance(500)
    cluster.isReachable = false
    const sent = send('b')
    await clock.advance(1_001)
    expect(sent.error).toMatchObject({ cause: { message: 'connection refused' } })
  })

  it('follows a leader that moved, once the cluster knows of it', async () => {
    const { clock, cluster, send, values, warmUp } = setup()
    await warmUp()
    cluster.leaders.set('t/0', 2)
    const moved = [send('a'), send('b')]
    await clock.advance(1_000)
    cluster.leaders.set('t/0', -1)
    const waiting = send('c')
    await clock.advance(1_000)
    expect([moved.map(({ report }) => report?.offset), waiting.report]).toEqual([[0n, 1n], undefined])
    cluster.leaders.set('t/0', 3)
    await clock.advance(1_000)
    expect([waiting.report?.offset, values(), cluster.producerIds]).toEqual([2n, ['a', 'b', 'c'], 1])
  })

  it.each([
    ['MESSAGE_TOO_LARGE', 10, 'MILLRACE_PRODUCE_TOO_LARGE'],
    ['RECORD_LIST_TOO_LARGE', 18, 'MILLRACE_PRODUCE_TOO_LARGE'],
    ['INVALID_RECORD', 87, 'MILLRACE_PRODUCE_RECORD_INVALID'],
    ['POLICY_VIOLATION', 44, 'MILLRACE_PRODUCE_RECORD_INVALID'],
  ])('splits a batch until only the record at fault is refused: %s', async (_name, fault, code) => {
    const { clock, cluster, send, values, warmUp } = setup()
    await warmUp()
    cluster.fault = (_topic, _partition, batch) => (batch.includes('big') ? fault : undefined)
    const sent = ['a', 'b', 'big', 'c', 'd'].map((value) => send(value))
    await clock.advance(1_000)
    expect(sent.map(({ code }) => code)).toEqual([undefined, undefined, code, undefined, undefined])
    expect(sent[2]?.error).toMatchObject({ message: expect.stringMatching(/t\[0\]/) })
    expect(values()).toEqual(['a', 'b', 'c', 'd'])
    expect([cluster.producerIds, cluster.reused]).toEqual([1, []])
  })

  it('goes on under a new producer id when the broker has lost track of the sequence', async () => {
    const { clock, cluster, send, values, warmUp } = setup()
    await warmUp()
    const faults: Fault[] = [45]
    cluster.fault = () => faults.shift()
    const sent = send('a')
    await clock.settle()
    const queued = send('b')
    await clock.advance(1_000)
    expect([sent.report?.offset, queued.report?.offset]).toEqual([0n, 1n])
    expect([values(), cluster.producerIds]).toEqual([['a', 'b'], 2])
    expect(cluster.log('t', 0).map(({ producerId }) => producerId)).toEqual([2n, 2n])
  })

  it('reports the time that the topic stamped, unless the answer was to a repeated batch', async () => {
    const { clock, cluster, send, warmUp } = setup()
    await warmUp()
    cluster.appendTime = 99
    const stamped = send('a')
    await clock.settle()
    const faults: Fault[] = ['lost-after-append']
    cluster.fault = () => faults.shift()
    const repeated = send('b')
    await clock.advance(1_000)
    const own = clock.wallNow() - 1_000
    expect([stamped.report, repeated.report]).toEqual([
      { topic: 't', partition: 0, offset: 0n, timestamp: 99 },
      { topic: 't', partition: 0, offset: 1n, timestamp: own },
    ])
  })

  it('acknowledges a duplicate without knowing its offset', async () => {
    const { clock, cluster, send, warmUp } = setup()
    await warmUp()
    cluster.fault = () => 46
    const sent = send('a')
    await clock.settle()
    expect(sent.report?.offset).toBe(-1n)
  })

  it('refuses everything when the cluster gives out no producer id', async () => {
    const { clock, cluster, send } = setup()
    cluster.producerIdError = 31
    const sent = send('a')
    await clock.settle()
    expect(sent.code).toBe('MILLRACE_PRODUCE_REFUSED')
  })

  it('refuses what can not be encoded, and stores its neighbours', async () => {
    const { clock, send, values } = setup()
    const [good, bad] = [send('a'), send('b', { timestamp: Number.NaN })]
    await clock.advance(100)
    expect([good.report?.offset, bad.code]).toEqual([0n, 'MILLRACE_PRODUCE_RECORD_INVALID'])
    expect(values()).toEqual(['a'])
  })
})

describe('a client that is not let in', () => {
  const wrongPassword = Object.assign(new Error('Invalid username or password'), {
    name: 'KafkaJSSASLAuthenticationError',
  })

  it('is told at once, each record of it, and holds none of them', async () => {
    const { clock, cluster, send, loop } = setup(undefined, { maxBufferedBytes: 200 })
    cluster.refuseWith = wrongPassword
    const sent = [send('a'), send('b'), send('x'.repeat(500))]
    await clock.settle()
    expect(sent.map(({ code }) => code)).toEqual(Array.from(sent, () => 'MILLRACE_DRIVER_UNAUTHORIZED'))
    expect(sent[0]?.error).toMatchObject({ cause: { message: 'Invalid username or password' } })
    await loop.flush(undefined)
    await clock.advance(1_000)
    expect(clock.timersWaiting).toBe(0)
  })

  it('is told again for the next record, and sends once it is let in', async () => {
    const { clock, cluster, send, values } = setup()
    cluster.refuseWith = wrongPassword
    send('a')
    await clock.advance(1_000)
    const again = send('b')
    await clock.settle()
    expect(again.code).toBe('MILLRACE_DRIVER_UNAUTHORIZED')
    cluster.refuseWith = undefined
    const later = send('c')
    await clock.advance(1_000)
    expect([later.report?.offset, values()]).toEqual([0n, ['c']])
  })

  it('is told when the listener closes every connection without a word, and not at the first time', async () => {
    const { clock, cluster, send } = setup()
    cluster.refuseWith = Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' })
    const sent = send('a')
    await clock.advance(9_000)
    expect(sent.code).toBeUndefined()
    await clock.advance(9_000)
    expect(sent.code).toBe('MILLRACE_DRIVER_UNAUTHORIZED')
  })

  it('is tried again within the delivery time where it was let in before, with the refusal as the cause', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { deliveryTimeoutMs: 10_000 })
    await warmUp()
    cluster.refuseWith = wrongPassword
    const early = send('a')
    await clock.advance(9_000)
    const late = send('b')
    expect(early.code).toBeUndefined()
    await clock.advance(1_001)
    expect(early.error).toMatchObject({
      code: 'MILLRACE_PRODUCE_TIMED_OUT',
      cause: { message: 'Invalid username or password' },
    })
    cluster.refuseWith = undefined
    await clock.advance(2_000)
    expect([late.report?.offset, values()]).toEqual([0n, ['b']])
  })
})

describe('a node that is away while another one answers', () => {
  it('is one interruption, and the cause of what was not stored there', async () => {
    const { clock, cluster, said, send, warmUp } = setup(undefined, { deliveryTimeoutMs: 5_000 })
    cluster.leaders.set('t/1', 2)
    await warmUp()
    cluster.down.add(2)
    const stuck = send('stuck', { partition: 1 })
    for (let second = 0; second < 4; second += 1) {
      const fine = send('fine', { partition: 0 })
      await clock.advance(1_000)
      expect(fine.report).toBeDefined()
    }
    const late = send('late', { partition: 1 })
    await clock.advance(1_100)
    expect(stuck.error).toMatchObject({
      code: 'MILLRACE_PRODUCE_TIMED_OUT',
      cause: { message: 'node 2 is down' },
    })
    expect(said).toEqual(['sending is interrupted; it is tried again'])
    cluster.down.delete(2)
    await clock.advance(2_000)
    expect(late.report).toBeDefined()
    expect(said).toEqual(['sending is interrupted; it is tried again', 'sending works again'])
  })

  it('is the cause of its own records only', async () => {
    const { clock, cluster, send, warmUp } = setup({ t: 3 }, { deliveryTimeoutMs: 1_000 })
    cluster.leaders.set('t/1', 2).set('t/2', 3)
    await warmUp()
    for (const node of [2, 3]) cluster.down.add(node)
    const sent = [send('a', { partition: 1 }), send('b', { partition: 2 })]
    await clock.advance(1_100)
    expect(sent.map(({ error }) => error)).toMatchObject([
      { code: 'MILLRACE_PRODUCE_TIMED_OUT', cause: { message: 'node 2 is down' } },
      { code: 'MILLRACE_PRODUCE_TIMED_OUT', cause: { message: 'node 3 is down' } },
    ])
  })

  it('is over when other nodes lead its partitions', async () => {
    const { clock, cluster, said, send, warmUp } = setup()
    cluster.leaders.set('t/1', 2)
    await warmUp()
    cluster.down.add(2)
    const moving = send('moving', { partition: 1 })
    await clock.advance(2_000)
    cluster.leaders.set('t/1', -1)
    await clock.advance(2_000)
    send('beside', { partition: 0 })
    await clock.advance(2_000)
    expect([moving.report, said.length]).toEqual([undefined, 1])
    cluster.leaders.set('t/1', 1)
    await clock.advance(2_000)
    expect(moving.report).toBeDefined()
    expect(said).toEqual(['sending is interrupted; it is tried again', 'sending works again'])
  })
})

describe('a quota', () => {
  it('is waited for: nothing is sent to that node before, everything after', async () => {
    const { clock, cluster, send, values, warmUp } = setup()
    await warmUp()
    cluster.throttledUntil = 3_000
    const sent = send('a')
    await clock.advance(2_999)
    expect([sent.report, cluster.requests]).toEqual([undefined, []])
    await clock.advance(2)
    expect([sent.report?.offset, values()]).toEqual([0n, ['a']])
  })
})

describe('a record that no broker would read', () => {
  it('is refused before it is sent, and its neighbours are not affected', async () => {
    const { clock, cluster, send } = setup()
    const huge = Buffer.alloc(104_857_600)
    const [before, tooLarge, after] = [send('a'), send('huge', { value: huge }), send('b')]
    await clock.settle()
    expect([before.report?.offset, tooLarge.code, after.report?.offset]).toEqual([0n, 'MILLRACE_PRODUCE_TOO_LARGE', 1n])
    expect(tooLarge.error).toMatchObject({ message: expect.stringMatching(/the limit is 104853504 bytes/) })
    expect(cluster.requests).toEqual([['t/0']])
  })
})

describe('room', () => {
  it('lets a record wait until earlier ones are answered, and takes it back on abort', async () => {
    const { clock, cluster, send, values, warmUp } = setup(undefined, { maxBufferedBytes: 1_500 })
    await warmUp()
    const open = hold(cluster)
    const abort = new AbortController()
    send('a'.repeat(1_000))
    const [aborted, waiting] = [send('b'.repeat(1_000), {}, abort.signal), send('c'.repeat(1_000))]
    await clock.settle()
    abort.abort(new Error('gone'))
    await clock.settle()
    expect(aborted.error).toEqual(new Error('gone'))
    expect(waiting).not.toHaveProperty('report')
    open()
    await clock.settle()
    expect(waiting.report?.offset).toBe(1n)
    expect(values().map((value) => value[0])).toEqual(['a', 'c'])
  })

  it('does not recall a record that has room', async () => {
    const { clock, cluster, send, warmUp } = setup()
    await warmUp()
    const open = hold(cluster)
    const abort = new AbortController()
    const sent = send('a', {}, abort.signal)
    await clock.settle()
    abort.abort(new Error('gone'))
    open()
    await clock.settle()
    expect(sent.report?.offset).toBe(0n)
  })

  it('counts the delivery time from send, room or not', async () => {
    const { clock, cluster, send } = setup(undefined, { maxBufferedBytes: 10, deliveryTimeoutMs: 1_000 })
    cluster.isReachable = false
    const [first, second] = [send('a'), send('b')]
    await clock.advance(1_001)
    expect([first.code, second.code]).toEqual(['MILLRACE_PRODUCE_TIMED_OUT', 'MILLRACE_PRODUCE_TIMED_OUT'])
    expect(clock.timersWaiting).toBe(0)
  })
})

describe('flush and stop', () => {
  it('resolves when what was sent before it is answered', async () => {
    const { clock, cluster, loop, send, warmUp } = setup(undefined, { lingerMs: 10_000 })
    await warmUp()
    const open = hold(cluster)
    send('a')
    let isFlushed = false
    const flushed = loop.flush(undefined).then(() => (isFlushed = true))
    await clock.settle()
    expect(isFlushed).toBe(false)
    open()
    await clock.settle()
    send('later')
    await flushed
  })

  it('lets nothing wait for company', async () => {
    const { clock, cluster, loop, send, warmUp } = setup(undefined, { lingerMs: 10_000 })
    await warmUp()
    const open = hold(cluster)
    send('a', { partition: 0 })
    await clock.settle()
    send('b', { partition: 1 })
    const flushed = loop.flush(undefined)
    await clock.settle()
    expect(cluster.requests).toEqual([['t/0'], ['t/1']])
    open()
    await flushed
  })

  it('rejects with the number of unanswered records', async () => {
    const { clock, cluster, loop, send, warmUp } = setup()
    await warmUp()
    hold(cluster)
    send('a')
    send('b')
    const flushed = expect(loop.flush(100)).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCE_FLUSH_TIMED_OUT',
      message: expect.stringContaining('2 records'),
    })
    await clock.advance(100)
    await flushed
  })

  it('tells each leftover whether it may be stored', async () => {
    const { clock, cluster, loop, send, warmUp } = setup()
    await warmUp()
    hold(cluster)
    const inAir = send('a')
    await clock.settle()
    const queued = send('b')
    loop.stop()
    await clock.settle()
    expect([inAir.code, queued.code]).toEqual(['MILLRACE_PRODUCE_UNKNOWN', 'MILLRACE_PRODUCE_CLOSED'])
    expect(clock.timersWaiting).toBe(0)
  })
})
