import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'

const REBALANCES = 50
/** What the waiting test itself may have open at a moment; a leak would be one for each rebalance. */
const OF_THE_TEST = 5

/** Timers and sockets that keep this process alive, of the driver and of the test itself. */
function openNow(): { readonly timers: number; readonly sockets: number } {
  const open = process.getActiveResourcesInfo()
  const count = (...names: readonly string[]): number => open.filter((name) => names.includes(name)).length
  return { timers: count('Timeout', 'Immediate'), sockets: count('TCPSocketWrap', 'TCPConnectWrap', 'TLSWrap') }
}

// Stays a rule, with no red test: the timers that leak with bare kafkajs (issue 1764) are its users' own.
describeWithBroker('K17: a generation leaves no timer, socket or listener behind', (broker) => {
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test(`green: after ${REBALANCES} rebalances as much is open as after the first`, async () => {
    const { join, produce } = await setup(2)
    const warnings: string[] = []
    const onWarning = ({ name }: Error): void => void warnings.push(name)
    process.on('warning', onWarning)
    const stays = join()
    await stays.when('everything', ({ leases }) => leases.length === 2)
    await stays.when('both asked', ({ batches }) => batches.length === 2)
    const rebalance = async (): Promise<void> => {
      const count = stays.assignments.length
      const other = join()
      await other.when('its share', ({ leases }) => leases.length === 1)
      await other.leave()
      await stays.when('all again', ({ assignments, leases }) => assignments.length >= count + 2 && leases.length === 2)
      await produce(2)
    }
    await rebalance()
    const before = openNow()
    for (let round = 1; round < REBALANCES / 2; round += 1) await rebalance()
    await stays.when('all records', ({ handled }) => handled.length >= 2)
    await expect
      .poll(openNow)
      .toSatisfy((now: typeof before) => now.timers <= before.timers + OF_THE_TEST && now.sockets <= before.sockets)
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
    expect(stays.assignments.length).toBeGreaterThan(REBALANCES)
  })

  test('green: members that have left leave nothing open', async () => {
    const { join } = await setup(2)
    const before = openNow()
    const members = Array.from({ length: 8 }, (_, index) => join(index === 0 ? { instanceId: 'pod-0' } : {}))
    await Promise.all(members.map((one) => one.when('a generation', ({ assignments }) => assignments.length > 0)))
    await Promise.all(members.map((one) => one.leave()))
    await expect
      .poll(openNow)
      .toSatisfy((now: typeof before) => now.timers <= before.timers + OF_THE_TEST && now.sockets <= before.sockets)
  })
})
