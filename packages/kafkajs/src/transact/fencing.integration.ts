import { createKafkaAdmin, type FaultProxy, type Probe } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { ownBrokerBehindProxy } from '../test-support/own-broker-behind-proxy.js'
import { codeOf } from './test-support/code-of.js'
import { createTransactionStages, transact } from './test-support/transaction-stage.js'

const limit = () => AbortSignal.timeout(60_000)
const FENCED = 'MILLRACE_TRANSACTION_FENCED'

// These tests hurt a broker of their own.
describeWithBroker('a transaction of somebody who is fenced', (broker) => {
  const own = ownBrokerBehindProxy(broker)
  let proxy: FaultProxy
  let probe: Probe
  let stages: ReturnType<typeof createTransactionStages>

  beforeAll(() => {
    ;({ proxy, probe } = own())
    stages = createTransactionStages(own())
  })
  afterEach(async () => {
    proxy.heal()
    await stages.leaveAll()
  })
  test('a lease that has ended ends it before the group is asked', async () => {
    const { open, hold, record, stored, committed } = await stages.stage()
    const { member, lease } = await hold(2)
    const sender = await open()
    await member.leave()
    const asked = proxy.seen.get('TxnOffsetCommit') ?? 0
    expect(await transact(sender, [record('a')], [{ lease, offset: 1n }])).toBe(FENCED)
    expect(proxy.seen.get('TxnOffsetCommit') ?? 0).toBe(asked)
    expect([await stored(), await committed()]).toEqual([[], undefined])
    expect(await transact(sender, [record('b')])).toBe('committed')
  })

  test('offsets that were in the pipe while the group moved on are refused, and nothing of it is visible', async () => {
    const { open, hold, join, record, stored, committed } = await stages.stage({ transactionTimeoutMs: 60_000 })
    const { member, lease } = await hold(2)
    const sender = await open()
    const frozen = proxy.nextRequest('TxnOffsetCommit', limit(), { hold: true })
    const late = transact(sender, [record('a')], [{ lease, offset: 2n }])
    const held = await frozen
    join({}, { commitEveryMs: 1_000_000 })
    await member.when('the next generation', ({ assignments }) => assignments.length === 2)
    held.release()
    expect(await late).toBe(FENCED)
    expect([await stored(), await committed()]).toEqual([[], undefined])
    expect(lease.isLive).toBe(false)
    expect(await transact(sender, [record('b')])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('a member that was thrown out loses its leases with the refusal of its offsets, and joins again', async () => {
    const { group, open, hold, record, stored } = await stages.stage({ transactionTimeoutMs: 60_000 })
    const { member, lease } = await hold(2, { sessionTimeoutMs: 2_000, heartbeatIntervalMs: 500 })
    const sender = await open()
    const silence = proxy.dropRequests({ api: 'Heartbeat', times: 1_000, silently: true })
    const transaction = sender.begin()
    await transaction.send(record('a'))
    await expect.poll(async () => (await createKafkaAdmin(probe).describeGroup(group)).members.length).toBe(0)
    silence.end()
    expect(await transaction.commit([{ lease, offset: 2n }]).catch(codeOf)).toBe(FENCED)
    expect(lease.isLive).toBe(false)
    await member.when('its records again', ({ handled }) => handled.length === 4)
    expect(member.revocations.map(({ lost }) => lost)).toEqual([true])
    expect(await transact(sender, [record('b')], [{ lease: member.leases[0] ?? lease, offset: 1n }])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('whoever opens the same id later fences the earlier one, whose leases end; its next transaction takes the id back', async () => {
    const { open, hold, record, stored, committed } = await stages.stage()
    const { member, lease } = await hold(2)
    const first = await open()
    const transaction = first.begin()
    await transaction.send(record('a'))
    const second = await open()
    expect(await transact(second, [record('b')])).toBe('committed')
    expect(await transaction.commit([{ lease, offset: 2n }]).catch(codeOf)).toBe(FENCED)
    expect(lease.isLive).toBe(false)
    expect([await stored(), await committed()]).toEqual([['b'], undefined])
    await member.when('new leases', ({ leases }) => leases.length === 1)

    expect(await transact(first, [record('c')])).toBe('committed')
    expect(await transact(second, [record('d')])).toBe(FENCED)
    expect(await stored()).toEqual(['b', 'c'])
  })

  test('a transaction that the broker has aborted for its time-out is fenced, and the next one works', async () => {
    const { open, hold, record, stored, transactionalId } = await stages.stage({ transactionTimeoutMs: 1_500 })
    const { lease } = await hold(2)
    const sender = await open()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    const state = async () => (await probe.transactions(transactionalId))[0]?.state
    await expect.poll(state).toBe('CompleteAbort')
    expect(await transaction.commit([{ lease, offset: 1n }]).catch(codeOf)).toBe(FENCED)
    expect(lease.isLive).toBe(false)
    expect(await transact(sender, [record('b')])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('an end that can not be found out in time ends the leases: their next owner finds out', async () => {
    const { open, hold, record, stored, committed } = await stages.stage({ transactionTimeoutMs: 2_000 })
    const { member, lease } = await hold(2)
    const sender = await open()
    const answered = proxy.nextAnswer('EndTxn', limit(), { hold: true })
    const ended = transact(sender, [record('a')], [{ lease, offset: 2n }])
    await answered
    const hole = proxy.blackHole()
    expect(await ended).toBe('MILLRACE_TRANSACTION_UNKNOWN')
    expect(lease.isLive).toBe(false)
    hole.end()
    proxy.heal()
    await member.when('new leases', ({ leases }) => leases.length === 1)
    expect([member.leases[0]?.startOffset, await committed(), await stored()]).toEqual([2n, 2n, ['a']])
  })
})
