import { describe, expect, it } from 'vitest'
import type { Lease, MemberEvents } from '@millrace/core'
import { createManualClock } from './manual-clock.js'
import { createScriptedDriver } from './scripted-driver.js'

const open = new AbortController().signal

async function setup() {
  const clock = createManualClock()
  const driver = createScriptedDriver({ clock })
  driver.createTopic('orders', {})
  driver.createTopic('invoices', { maxMessageBytes: 100 })
  const leases: Lease[] = []
  const events: MemberEvents = {
    onAssigned: (assigned) => void leases.splice(0, leases.length, ...assigned),
    onRevoked: () => undefined,
    onRecords: () => undefined,
    onEvent: () => undefined,
    onFatal: () => undefined,
  }
  const times = { sessionTimeoutMs: 1, heartbeatIntervalMs: 1, rebalanceTimeoutMs: 9, revokeDrainMs: 5 }
  const policies = { startFrom: 'earliest', outOfRange: 'earliest', maxBytesPerPartition: 1_000 } as const
  const member = driver.join({ group: 'g', topics: ['orders'], ...times, ...policies }, events)
  for (const value of ['1', '2', '3']) driver.send('orders', { value })
  await clock.settle()
  const openSender = (transactionalId = 'g-1') =>
    driver.openTransactions({ transactionalId, transactionTimeoutMs: 15_000 }, open)
  const sender = await openSender()
  const record = (value: string) => ({ topic: 'invoices', key: null, value: Buffer.from(value) })
  const seen = () => driver.records('invoices').map(({ value, offset }) => `${offset}: ${String(value)}`)
  const lease = (): Lease => leases[0] ?? expect.fail('no lease')
  return { clock, driver, member, sender, openSender, record, seen, lease }
}

describe('a transaction of the scripted driver', () => {
  it('shows records and offsets together, from its commit on', async () => {
    const { driver, sender, record, seen, lease } = await setup()
    const transaction = sender.begin()
    const reports = await Promise.all(['a', 'b'].map((value) => transaction.send(record(value))))
    expect(reports.map(({ offset }) => offset)).toEqual([0n, 1n])
    driver.send('invoices', { value: 'plain' })
    expect([seen(), driver.committed('orders').size]).toEqual([[], 0])
    await transaction.commit([{ lease: lease(), offset: 2n }])
    expect(seen()).toEqual(['0: a', '1: b', '2: plain'])
    expect(driver.endOffset('invoices', 0)).toBe(4n) // a marker behind them
    expect(driver.committed('orders').get(0)).toBe(2n)
    expect(driver.transactions).toEqual([{ transactionalId: 'g-1', end: 'committed', records: 2, offsets: 1 }])
  })

  it('leaves nothing but a gap when it is aborted', async () => {
    const { driver, sender, record, seen } = await setup()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    await transaction.abort()
    driver.send('invoices', { value: 'plain' })
    expect(seen()).toEqual(['2: plain'])
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_STATE' })
  })

  it('is alone: one at a time, and none after close', async () => {
    const { sender } = await setup()
    sender.begin()
    expect(() => sender.begin()).toThrow(expect.objectContaining({ code: 'MILLRACE_TRANSACTION_STATE' }))
    await sender.close()
    expect(() => sender.begin()).toThrow(expect.objectContaining({ code: 'MILLRACE_PRODUCE_CLOSED' }))
  })

  it('can only be aborted when a record was refused', async () => {
    const { sender, record, seen } = await setup()
    const transaction = sender.begin()
    const sends = [transaction.send(record('a')), transaction.send(record('x'.repeat(101)))]
    const committed = transaction.commit()
    const codes = await Promise.all(
      sends.map((send) =>
        send.then(
          () => 'ok',
          ({ code }) => code,
        ),
      ),
    )
    expect(codes).toEqual(['ok', 'MILLRACE_PRODUCE_TOO_LARGE'])
    await expect(committed).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_ABORTED' })
    expect(seen()).toEqual([])
  })

  it.each(['rebalance', 'loseMember', 'killMember'] as const)('is fenced when its lease has ended: %s', async (how) => {
    const { driver, clock, sender, record, seen, lease } = await setup()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    const old = lease()
    void driver[how]()
    await clock.settle()
    await expect(transaction.commit([{ lease: old, offset: 2n }])).rejects.toMatchObject({
      code: 'MILLRACE_TRANSACTION_FENCED',
    })
    expect([seen(), driver.committed('orders').size]).toEqual([[], 0])
  })

  it('is fenced by whoever opens its id later, and aborted with that', async () => {
    const { sender, openSender, record, seen } = await setup()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    const next = await openSender()
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_FENCED' })
    const again = next.begin()
    await again.send(record('b'))
    await again.commit()
    expect(seen()).toEqual(['2: b'])
  })

  it('is aborted by its time-out', async () => {
    const { clock, driver, sender, record } = await setup()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    await clock.advance(15_000)
    expect(driver.transactions).toMatchObject([{ end: 'aborted' }])
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_ABORTED' })
  })

  it('waits at its end where a test holds it, and is aborted when its signal aborts there', async () => {
    const { clock, driver, sender, record, seen } = await setup()
    const release = driver.holdTransactions()
    const cut = new AbortController()
    const first = sender.begin()
    await first.send(record('a'))
    const committed = first.commit([], cut.signal)
    await clock.settle()
    expect(driver.held()).toMatchObject({ transactions: 1 })
    cut.abort()
    await expect(committed).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_ABORTED' })
    release()
    driver.slowTransactions(400)
    const second = sender.begin()
    await second.send(record('b'))
    const slow = second.commit()
    await clock.advance(399)
    expect(seen()).toEqual([])
    await clock.advance(1)
    await slow
    expect(seen()).toHaveLength(1)
  })

  it.each([
    ['aborted', false, 0],
    ['fenced', false, 0],
    ['unknown', false, 0],
    ['unknown', true, 1],
  ] as const)('ends %s where a test says so (committed: %s)', async (end, isCommitted, visible) => {
    const { clock, driver, sender, record, seen, lease } = await setup()
    driver.failNextTransactions(1, end, { isCommitted })
    const transaction = sender.begin()
    await transaction.send(record('a'))
    const old = lease()
    const code = `MILLRACE_TRANSACTION_${end.toUpperCase()}`
    await expect(transaction.commit([{ lease: old, offset: 2n }])).rejects.toMatchObject({ code })
    await clock.settle()
    expect([seen().length, driver.committed('orders').size]).toEqual([visible, visible])
    expect(old.isLive).toBe(end === 'aborted')
  })
})
