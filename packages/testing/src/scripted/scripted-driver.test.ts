import { isMillraceError, type Lease, type MemberEvents, type MemberOptions } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { createManualClock } from './manual-clock.js'
import { createScriptedDriver, type ScriptedDriverOptions } from './scripted-driver.js'

const signal = new AbortController().signal

const memberOptions: MemberOptions = {
  group: 'billing',
  topics: ['orders'],
  sessionTimeoutMs: 15_000,
  heartbeatIntervalMs: 500,
  rebalanceTimeoutMs: 60_000,
  revokeDrainMs: 25_000,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1_048_576,
}

/** A pipeline that only writes down what it is told. */
function recorder(overrides: Partial<MemberEvents> = {}) {
  const log: string[] = []
  const values: string[] = []
  const leases: Lease[] = []
  const shown = (which: readonly Lease[]) => which.map(({ topic, partition }) => `${topic}[${partition}]`).join(' ')
  const events: MemberEvents = {
    onAssigned: (assigned, generation) => {
      leases.push(...assigned)
      log.push(`assigned ${shown(assigned)} in ${generation}`)
    },
    onRevoked: (revoked, { lost }) => void log.push(`${lost ? 'lost' : 'revoked'} ${shown(revoked)}`),
    onRecords: (lease, { baseOffset, records, nextOffset }) => {
      for (const { offsetDelta, value } of records) {
        values.push(`${lease.partition}/${baseOffset + BigInt(offsetDelta)}=${String(value)}`)
      }
      log.push(`${records.length} of ${lease.topic}[${lease.partition}] up to ${nextOffset}`)
    },
    onEvent: (event) => void log.push(event.name),
    onFatal: (error) => void log.push(`fatal ${error.message}`),
    ...overrides,
  }
  return { log, values, leases, events }
}

function setup(options: ScriptedDriverOptions = {}, partitions = 1) {
  const clock = createManualClock()
  const driver = createScriptedDriver({ clock, ...options })
  driver.createTopic('orders', { partitions })
  return { clock, driver }
}

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'resolved'
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
}

describe('hand-over', () => {
  it('assigns every partition in generation 1 and answers each once, empty or not', async () => {
    const { clock, driver } = setup({}, 2)
    driver.send('orders', { value: 'a', partition: 1 })
    const { log, events } = recorder()
    driver.join(memberOptions, events)
    await clock.settle()
    expect(log).toEqual(['assigned orders[0] orders[1] in 1', '0 of orders[0] up to 0', '1 of orders[1] up to 1'])
  })

  it('hands records of one turn over together, in bounded batches, never inside the call that sent them', async () => {
    const { clock, driver } = setup({ batchRecords: 2 })
    const { log, values, events } = recorder()
    driver.join(memberOptions, events)
    await clock.settle()
    for (const value of ['a', 'b', 'c']) driver.send('orders', { value })
    expect(values).toEqual([])
    await clock.settle()
    expect(log.slice(2)).toEqual(['2 of orders[0] up to 2', '1 of orders[0] up to 3'])
    expect(values).toEqual(['0/0=a', '0/1=b', '0/2=c'])
  })

  it('hands nothing over while a lease is paused, and goes on where it stopped', async () => {
    const { clock, driver } = setup()
    const { values, leases, events } = recorder()
    driver.join(memberOptions, events)
    await clock.settle()
    leases[0]?.pause()
    driver.send('orders', { value: 'a' })
    await clock.settle()
    expect(values).toEqual([])
    leases[0]?.resume()
    await clock.settle()
    expect(values).toEqual(['0/0=a'])
  })

  it('moves over offsets that hold no record, and says so with an empty batch', async () => {
    const { clock, driver } = setup()
    const { log, events } = recorder()
    driver.join(memberOptions, events)
    await clock.settle()
    driver.leaveGap('orders', 0, 5)
    await clock.settle()
    expect(log.at(-1)).toBe('0 of orders[0] up to 5')
  })

  it('reads again from where it is told to', async () => {
    const { clock, driver } = setup()
    driver.send('orders', { value: 'a' })
    driver.send('orders', { value: 'b' })
    const { values, leases, events } = recorder()
    driver.join(memberOptions, events)
    await clock.settle()
    leases[0]?.seek(1n)
    await clock.settle()
    expect(values).toEqual(['0/0=a', '0/1=b', '0/1=b'])
  })

  it.each([
    ['earliest', ['partition.out-of-range', '1 of orders[0] up to 3']],
    ['latest', ['partition.out-of-range', '0 of orders[0] up to 3']],
    ['fail', ['partition.failed']],
  ] as const)('goes on by the policy %s where the log no longer reaches back', async (outOfRange, said) => {
    const { clock, driver } = setup()
    for (const value of ['a', 'b', 'c']) driver.send('orders', { value })
    driver.truncate('orders', 0, 2n)
    driver.setCommitted('orders', 0, 0n, 'billing')
    const { log, events } = recorder()
    driver.join({ ...memberOptions, outOfRange }, events)
    await clock.settle()
    expect(log.slice(1)).toEqual(said)
  })

  it.each([
    ['at the committed offset', 'earliest', 1n, ['0/1=b']],
    ['at the beginning, without one', 'earliest', undefined, ['0/0=a', '0/1=b']],
    ['at the end, without one and asked for the latest', 'latest', undefined, []],
  ] as const)('begins %s', async (_where, startFrom, committed, seen) => {
    const { clock, driver } = setup()
    driver.send('orders', { value: 'a' })
    driver.send('orders', { value: 'b' })
    if (committed !== undefined) driver.setCommitted('orders', 0, committed, 'billing')
    const { values, events } = recorder()
    driver.join({ ...memberOptions, startFrom }, events)
    await clock.settle()
    expect(values).toEqual(seen)
  })
})

describe('commits', () => {
  async function joined(options: ScriptedDriverOptions = {}) {
    const { clock, driver } = setup(options)
    for (const value of ['a', 'b', 'c']) driver.send('orders', { value })
    const { leases, events } = recorder()
    const member = driver.join(memberOptions, events)
    await clock.settle()
    const lease = leases[0]
    if (lease === undefined) throw new Error('no lease')
    return { clock, driver, member, lease }
  }

  it('keeps what is committed, and the group starts there again', async () => {
    const { driver, member, lease } = await joined()
    await member.commit([{ lease, offset: 2n, metadata: 'm' }], signal)
    expect(driver.committed('orders')).toEqual(new Map([[0, 2n]]))
    expect(driver.commits).toMatchObject([{ group: 'billing', offset: 2n, metadata: 'm', generation: 1 }])
    expect(driver.violations).toEqual([])
  })

  it('notices a commit above what was handed over, and one that falls', async () => {
    const { driver, member, lease } = await joined()
    await member.commit([{ lease, offset: 4n }], signal)
    await member.commit([{ lease, offset: 1n }], signal)
    expect(driver.violations).toEqual([
      expect.stringContaining('only what is below 3 was handed over'),
      expect.stringContaining('below 4, which it had committed before'),
    ])
  })

  it('refuses a commit of an ended lease, without storing anything', async () => {
    const { driver, member, lease } = await joined()
    await driver.revoke('orders', 0)
    expect(lease.isLive).toBe(false)
    expect(await codeOf(member.commit([{ lease, offset: 1n }], signal))).toBe('MILLRACE_DRIVER_LEASE_ENDED')
    expect(() => lease.seek(0n)).toThrow(expect.objectContaining({ code: 'MILLRACE_DRIVER_LEASE_ENDED' }))
    expect(driver.commits).toEqual([])
  })

  it('fails as many commits as asked for, then works', async () => {
    const { driver, member, lease } = await joined()
    driver.failNextCommits(2)
    const codes = [1, 2, 3].map(() => codeOf(member.commit([{ lease, offset: 1n }], signal)))
    expect(await Promise.all(codes)).toEqual([
      'MILLRACE_DRIVER_COMMIT_FAILED',
      'MILLRACE_DRIVER_COMMIT_FAILED',
      'resolved',
    ])
  })

  it('holds commits until they are released; one whose lease ended meanwhile is refused', async () => {
    const { clock, driver, member, lease } = await joined()
    const release = driver.holdCommits()
    const held = codeOf(member.commit([{ lease, offset: 1n }], signal))
    await clock.settle()
    expect(driver.held().commits).toBe(1)
    await driver.loseMember()
    release()
    expect(await held).toBe('MILLRACE_DRIVER_COMMIT_REFUSED')
    expect(driver.commits).toEqual([])
  })

  it('ends a held commit when its signal aborts', async () => {
    const { driver, member, lease } = await joined()
    driver.holdCommits()
    const stop = new AbortController()
    const held = codeOf(member.commit([{ lease, offset: 1n }], stop.signal))
    stop.abort()
    expect(await held).toBe('MILLRACE_DRIVER_COMMIT_FAILED')
    expect(driver.held().commits).toBe(0)
  })
})

describe('membership', () => {
  it('shares partitions with a second member, after the first has given its own up', async () => {
    const { clock, driver } = setup({}, 4)
    const first = recorder()
    const second = recorder()
    driver.join(memberOptions, first.events)
    await clock.settle()
    driver.join(memberOptions, second.events)
    await clock.settle()
    expect(first.log.filter((line) => !line.includes(' up to '))).toEqual([
      'assigned orders[0] orders[1] orders[2] orders[3] in 1',
      'revoked orders[0] orders[1] orders[2] orders[3]',
      'assigned orders[0] orders[2] in 2',
    ])
    expect(second.log[0]).toBe('assigned orders[1] orders[3] in 2')
  })

  it('tells a member without a partition that it is idle', async () => {
    const { clock, driver } = setup()
    driver.join(memberOptions, recorder().events)
    const idle = recorder()
    driver.join(memberOptions, idle.events)
    await clock.settle()
    expect(idle.log).toEqual(['assigned  in 2'])
  })

  it('waits for onRevoked, during which commits pass, and then fences the lease', async () => {
    const { clock, driver } = setup()
    driver.send('orders', { value: 'a' })
    const drained: string[] = []
    const first = recorder({
      onRevoked: async (leases) => {
        await clock.wait(5_000, signal)
        drained.push(
          await codeOf(
            member.commit(
              leases.map((lease) => ({ lease, offset: 1n })),
              signal,
            ),
          ),
        )
      },
    })
    const member = driver.join(memberOptions, first.events)
    await clock.settle()
    const rebalanced = driver.rebalance()
    await clock.advance('4s')
    expect(first.leases[0]?.isLive).toBe(true)
    await clock.advance('1s')
    await rebalanced
    expect(drained).toEqual(['resolved'])
    expect(first.leases.map(({ isLive, epoch, startOffset }) => [isLive, epoch, startOffset])).toEqual([
      [false, 1, 0n],
      [true, 2, 1n],
    ])
  })

  it('goes on without an onRevoked that never ends, when its time is up', async () => {
    const { clock, driver } = setup()
    const stuck = recorder({ onRevoked: () => new Promise(() => undefined) })
    driver.join({ ...memberOptions, revokeDrainMs: 1_000 }, stuck.events)
    await clock.settle()
    const rebalanced = driver.rebalance()
    await clock.advance('1s')
    await rebalanced
    expect(stuck.leases.map(({ isLive }) => isLive)).toEqual([false, true])
    expect(clock.timersWaiting).toBe(0)
  })

  it('hands nothing over between the start of onRevoked and the next assignment', async () => {
    const { clock, driver } = setup()
    const first = recorder({ onRevoked: () => clock.wait(1_000, signal) })
    driver.join(memberOptions, first.events)
    await clock.settle()
    const rebalanced = driver.rebalance()
    await clock.settle()
    driver.send('orders', { value: 'a' })
    await clock.settle()
    expect(first.values).toEqual([])
    await clock.advance('1s')
    await rebalanced
    await clock.settle()
    expect(first.values).toEqual(['0/0=a'])
  })

  it('fences first when the group throws a member out, then lets it join again', async () => {
    const { clock, driver } = setup()
    const live: boolean[] = []
    const lost = recorder({ onRevoked: (leases) => void live.push(...leases.map(({ isLive }) => isLive)) })
    driver.join(memberOptions, lost.events)
    await clock.settle()
    await driver.loseMember()
    expect(live).toEqual([false])
    expect(lost.leases.map(({ epoch }) => epoch)).toEqual([1, 2])
  })

  it('ends the leases of a dying member before its one onFatal, and gives them to the others', async () => {
    const { clock, driver } = setup()
    const dying = recorder()
    const heir = recorder()
    driver.join(memberOptions, dying.events)
    driver.join(memberOptions, heir.events)
    await clock.settle()
    await driver.killMember(new Error('boom'))
    await clock.settle()
    expect(dying.log.slice(-2)).toEqual(['lost orders[0]', 'fatal boom'])
    expect(heir.log).toContain('assigned orders[0] in 3')
  })

  it('leaves once, through onRevoked, without a call afterwards', async () => {
    const { clock, driver } = setup()
    const leaver = recorder()
    const member = driver.join(memberOptions, leaver.events)
    await clock.settle()
    await Promise.all([member.leave(), member.leave()])
    driver.send('orders', { value: 'a' })
    await clock.settle()
    expect(leaver.log.slice(1)).toEqual(['0 of orders[0] up to 0', 'revoked orders[0]'])
    expect(driver.subscriptions('billing')).toEqual(['orders'])
  })

  it('writes down what a listener throws instead of failing itself', async () => {
    const { clock, driver } = setup()
    const broken = recorder({
      onAssigned: () => Promise.reject(new Error('a')),
      onRecords: () => {
        throw new Error('b')
      },
    })
    driver.join(memberOptions, broken.events)
    await clock.settle()
    expect(driver.violations).toEqual(['onAssigned of billing threw: Error: a', 'onRecords of billing threw: Error: b'])
  })

  it('hands an event of the driver to the member', async () => {
    const { clock, driver } = setup()
    const { log, events } = recorder()
    driver.join(memberOptions, events)
    await clock.settle()
    driver.report({ name: 'event-loop.blocked', blockedMs: 5 })
    expect(log.at(-1)).toBe('event-loop.blocked')
  })
})

describe('the ends of logs', () => {
  it('are told for each lease that can be asked, however little of it was handed over', async () => {
    const { clock, driver } = setup({}, 2)
    const { events, leases } = recorder()
    const member = driver.join(memberOptions, events)
    await clock.settle()
    driver.send('orders', { value: 'a', partition: 1 })
    driver.leaveGap('orders', 1, 2)
    const ends = await member.endOffsets(leases, signal)
    expect(leases.map((lease) => ends.get(lease))).toEqual([0n, 3n])
    driver.deleteTopic('orders')
    expect((await member.endOffsets(leases, signal)).size).toBe(0)
  })

  it('are not told while they are held, and an aborted question is answered with nothing', async () => {
    const { clock, driver } = setup()
    const { events, leases } = recorder()
    const member = driver.join(memberOptions, events)
    await clock.settle()
    const release = driver.holdEndOffsets()
    const over = new AbortController()
    const aborted = member.endOffsets(leases, over.signal)
    const held = member.endOffsets(leases, signal)
    await clock.settle()
    expect(driver.held().endOffsets).toBe(2)
    over.abort()
    expect((await aborted).size).toBe(0)
    release()
    expect((await held).size).toBe(1)
  })
})

describe('topics and sending', () => {
  it('leaves topics that do not exist out of the description, unless it is to create them', async () => {
    const { driver } = setup()
    expect([...(await driver.describeTopics(['orders', 'nowhere'], signal)).keys()]).toEqual(['orders'])
    const { driver: creating } = setup({ createTopics: { partitions: 3 } })
    expect(await creating.describeTopics(['made'], signal)).toEqual(
      new Map([['made', { name: 'made', partitions: 3 }]]),
    )
  })

  it('stores what a sender sends, and readers get it', async () => {
    const { clock, driver } = setup({}, 2)
    const { values, events } = recorder()
    driver.join(memberOptions, events)
    const sender = await driver.openSender()
    const report = await sender.send({
      topic: 'orders',
      partition: 1,
      key: null,
      value: Buffer.from('a'),
      headers: [[Buffer.from('h'), null]],
    })
    expect(report).toMatchObject({ topic: 'orders', partition: 1, offset: 0n })
    await clock.settle()
    expect(values).toEqual(['1/0=a'])
    expect(driver.records('orders')).toMatchObject([
      { partition: 1, origin: 'sender', headers: [[Buffer.from('h'), null]] },
    ])
  })

  it.each([
    ['a topic that does not exist', { topic: 'nowhere', key: null, value: null }, 'MILLRACE_PRODUCE_REFUSED'],
    [
      'a partition that does not exist',
      { topic: 'orders', partition: 7, key: null, value: null },
      'MILLRACE_PRODUCE_RECORD_INVALID',
    ],
    ['a record above the limit', { topic: 'tiny', key: null, value: Buffer.alloc(11) }, 'MILLRACE_PRODUCE_TOO_LARGE'],
  ])('refuses %s', async (_what, record, code) => {
    const { driver } = setup()
    driver.createTopic('tiny', { maxMessageBytes: 10 })
    const sender = await driver.openSender()
    expect(await codeOf(sender.send(record))).toBe(code)
  })

  it('fails the sends of one topic as often as asked, stored or not', async () => {
    const { driver } = setup()
    driver.createTopic('dead', {})
    const sender = await driver.openSender()
    driver.failNextSends(1, undefined, { topic: 'dead' })
    driver.failNextSends(1, new Error('lost answer'), { topic: 'dead', isStored: true })
    const send = (topic: string) => codeOf(sender.send({ topic, key: null, value: null }))
    expect([await send('dead'), await send('orders'), await send('dead'), await send('dead')]).toEqual([
      'MILLRACE_PRODUCE_TIMED_OUT',
      'resolved',
      'Error: lost answer',
      'resolved',
    ])
    expect(driver.records('dead')).toHaveLength(2)
  })

  it('holds sends until they are released or their delivery time is up', async () => {
    const { clock, driver } = setup()
    const sender = await driver.openSender({ deliveryTimeoutMs: 1_000 })
    const release = driver.holdSends()
    const late = codeOf(sender.send({ topic: 'orders', key: null, value: null }))
    await clock.advance('1s')
    expect(await late).toBe('MILLRACE_PRODUCE_TIMED_OUT')
    const released = codeOf(sender.send({ topic: 'orders', key: null, value: null }))
    await clock.settle()
    expect(driver.held().sends).toBe(1)
    release()
    expect(await released).toBe('resolved')
    expect(clock.timersWaiting).toBe(0)
  })

  it('flushes, says how many are unsent when time is up, and takes nothing after close', async () => {
    const { clock, driver } = setup()
    const sender = await driver.openSender()
    await sender.flush()
    driver.holdSends()
    const held = codeOf(sender.send({ topic: 'orders', key: null, value: null }))
    const flushed = codeOf(sender.flush({ timeoutMs: 10 }))
    await clock.advance(10)
    expect(await flushed).toBe('MILLRACE_PRODUCE_FLUSH_TIMED_OUT')
    const closed = codeOf(sender.close({ timeoutMs: 10 }))
    await clock.advance(10)
    expect([await closed, await held]).toEqual(['MILLRACE_PRODUCE_FLUSH_TIMED_OUT', 'MILLRACE_PRODUCE_CLOSED'])
    expect(await codeOf(sender.send({ topic: 'orders', key: null, value: null }))).toBe('MILLRACE_PRODUCE_CLOSED')
    await sender.close()
  })
})
