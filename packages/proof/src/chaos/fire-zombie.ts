import { setTimeout as delay } from 'node:timers/promises'
import { machineNowMs } from '@millrace/testing'
import type { ChaosFault } from './chaos-schedule.js'
import { everybody, type FaultParts, killPointLimitMs, present, slotOf, type Strike } from './fault-parts.js'

/** The new owner has to be there, and to wait for what is pending. */
const behindTakeoverMs = 300
const behindWakingMs = 5_000

/**
 * Freezes a worker for so long that its partitions get another owner, and lets it go on. With `held`, its next request of that
 * kind waits in the network: it reaches the broker when the partitions have their new owner, and its sender still sleeps.
 */
export async function fireZombie(fault: Extract<ChaosFault, { kind: 'zombie' }>, parts: FaultParts): Promise<Strike> {
  const { forMs, held } = fault
  const { fleet, turns, signal } = parts
  // A cut of all connections would take along what is held.
  const fallAsleep = async () => {
    const frozen = await turns.take(slotOf(fault.slot), () => freeze(fault, parts))
    return { ...frozen, ...(await takeOver(frozen, parts)) }
  }
  const asleep = await (held === undefined ? fallAsleep() : turns.take(everybody, fallAsleep))
  const { name, fromMs, takenOverMs, isDelivered } = asleep
  try {
    await delay(Math.max(0, fromMs + forMs - machineNowMs()), undefined, { signal })
    const what = held === undefined ? '' : `, its ${held} ${isDelivered ? 'delivered' : 'lost'} behind that`
    const detail = `${name}, its partitions taken over after ${(takenOverMs / 1000).toFixed(1)} s${what}`
    const isBack = fleet.thaw(name)
    // It finds out and goes on; another one has its slot by now, so in the end it is told to leave.
    await delay(behindWakingMs, undefined, { signal })
    return { hasFired: isBack && isDelivered && (await fleet.stop(name)), detail, fromMs }
  } finally {
    fleet.thaw(name)
  }
}

type Frozen = Awaited<ReturnType<typeof freeze>>

async function takeOver({ name, frame, fromMs }: Frozen, { fleet, signal }: FaultParts) {
  try {
    await fleet.takenOver(name)
    const takenOverMs = machineNowMs() - fromMs
    await delay(behindTakeoverMs, undefined, { signal })
    frame?.release()
    return { takenOverMs, isDelivered: frame === undefined || (await frame.passed) }
  } catch (error) {
    frame?.release()
    fleet.thaw(name)
    throw error
  }
}

async function freeze(
  { slot, held, replacedAfterMs }: Extract<ChaosFault, { kind: 'zombie' }>,
  { fleet, proxy, signal }: FaultParts,
) {
  await present(fleet, slot)
  const name = fleet.nameIn(slot)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(killPointLimitMs)])
  const frame = held === undefined ? undefined : await proxy.nextRequest(held, limit, { clientId: name, hold: true })
  const fromMs = machineNowMs()
  fleet.freeze(slot, replacedAfterMs)
  return { name, frame, fromMs }
}
