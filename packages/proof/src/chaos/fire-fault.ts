import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerControl, type FaultProxy, machineNowMs } from '@millrace/testing'
import { until } from '../rig/until.js'
import type { ChaosFault, PlannedFault } from './chaos-schedule.js'
import { fireZombie } from './fire-zombie.js'
import type { Fleet } from './fleet.js'

export interface FaultParts {
  readonly fleet: Fleet
  readonly proxy: FaultProxy
  readonly control: BrokerControl
  /** Ends every wait. */
  readonly signal: AbortSignal
}

/** What became of a planned fault. */
export interface FiredFault {
  readonly planned: PlannedFault
  /** From when until when it was in the way, on the clock of the run lines. */
  readonly atMs: number
  readonly endMs: number
  /** False when it met nothing: then the run has proven less than it says. */
  readonly hasFired: boolean
  readonly detail: string
}

export interface Strike {
  readonly hasFired: boolean
  readonly detail: string
  /** When it struck, where it struck at one moment, whenever it was sent out. */
  readonly momentMs?: number
  /** When it began, where it had to wait for whom it meets. */
  readonly fromMs?: number
}

/** How long a process may take to come by its kill point, a broker that is away in between. */
const killPointLimitMs = 20_000
const presentLimitMs = 20_000
/** Answers that were on their way when the broker stopped arrive within this. */
const lastAnswersMs = 500

/** Does one thing to a run, and resolves when it is over. What it can't do is a fault that did not fire, never a throw. */
export async function fireFault(planned: PlannedFault, parts: FaultParts): Promise<FiredFault> {
  const sentMs = machineNowMs()
  const strike = await strikeOf(planned.fault, parts).catch(
    (error: unknown): Strike => ({ hasFired: false, detail: `failed: ${String(error)}` }),
  )
  const { hasFired, detail, momentMs, fromMs = sentMs } = strike
  return { planned, atMs: momentMs ?? fromMs, endMs: momentMs ?? machineNowMs(), hasFired, detail }
}

async function strikeOf(fault: ChaosFault, parts: FaultParts): Promise<Strike> {
  switch (fault.kind) {
    case 'kill':
      return kill(fault, parts)
    case 'kill-at':
      return killAt(fault, parts)
    case 'freeze':
      return freeze(fault, parts)
    case 'restart':
      return restart(fault, parts)
    case 'cut':
      return cut(fault, parts)
    case 'black-hole':
      return blackHole(fault, parts)
    case 'zombie':
      await present(parts.fleet, fault.slot)
      return fireZombie(fault, parts)
    case 'lose-answer':
      return loseAnswer(fault, parts)
    case 'stop':
      return stop(fault, parts)
    case 'guest':
      return guest(fault, parts)
  }
}

type Of<Kind extends ChaosFault['kind']> = Extract<ChaosFault, { kind: Kind }>

async function kill({ slot, replacedAfterMs }: Of<'kill'>, { fleet, signal }: FaultParts): Promise<Strike> {
  await present(fleet, slot)
  const name = fleet.nameIn(slot)
  const momentMs = machineNowMs()
  void fleet.replace(slot, replacedAfterMs, signal).catch(() => undefined) // only the end of the run ends the wait
  return { hasFired: await fleet.kill(slot), detail: name, momentMs }
}

/**
 * Joins and syncs happen only in a rebalance, so there the replacement comes first and causes it. What the proxy holds is
 * let go when its sender is dead.
 */
async function killAt(fault: Of<'kill-at'>, { fleet, proxy, signal }: FaultParts): Promise<Strike> {
  const { slot, replacedAfterMs, point, isDelivered } = fault
  await present(fleet, slot)
  const clientId = fleet.nameIn(slot)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(killPointLimitMs)])
  const hold = { clientId, hold: true }
  const coming =
    point.edge === 'request' ? proxy.nextRequest(point.api, limit, hold) : proxy.nextAnswer(point.api, limit, hold)
  const comesFirst = point.api === 'JoinGroup' || point.api === 'SyncGroup' ? fleet.start() : undefined
  try {
    const frame = await coming
    const momentMs = machineNowMs()
    let isPassed = false
    const wasAlive = await fleet.kill(slot, async () => {
      if (isDelivered) frame.release()
      else frame.cut()
      isPassed = await frame.passed
    })
    const detail = `${clientId}, ${isPassed ? 'then delivered' : 'never delivered'}`
    return { hasFired: wasAlive && isPassed === isDelivered, momentMs, detail }
  } finally {
    if (comesFirst !== undefined) fleet.give(slot, comesFirst)
    else void fleet.replace(slot, replacedAfterMs, signal).catch(() => undefined) // only the end of the run ends the wait
  }
}

/** Frozen is a broker that answers nobody. */
async function freeze({ forMs }: Of<'freeze'>, { control, proxy, signal }: FaultParts): Promise<Strike> {
  const answers = (): number => [...proxy.answered.values()].reduce((sum, count) => sum + count, 0)
  control.pause()
  try {
    await delay(lastAnswersMs, undefined, { signal })
    const before = answers()
    await delay(forMs - lastAnswersMs, undefined, { signal })
    return { hasFired: answers() === before, detail: `${answers() - before} answers in between` }
  } finally {
    control.resume()
  }
}

async function restart({ downMs }: Of<'restart'>, { control, signal }: FaultParts): Promise<Strike> {
  const { pid } = control
  await control.kill()
  try {
    await delay(downMs, undefined, { signal })
  } finally {
    await control.restart()
  }
  return { hasFired: control.pid !== pid, detail: `${downMs} ms without a process` }
}

async function cut({ slot }: Of<'cut'>, { fleet, proxy }: FaultParts): Promise<Strike> {
  await present(fleet, slot)
  const momentMs = machineNowMs()
  const { fired } = proxy.cut(whoseSlot(fleet, slot))
  return { hasFired: fired > 0, detail: `${whoIn(fleet, slot)}, ${fired} connections`, momentMs }
}

async function blackHole({ slot, forMs }: Of<'black-hole'>, { fleet, proxy, signal }: FaultParts): Promise<Strike> {
  await present(fleet, slot)
  const who = whoIn(fleet, slot)
  const fromMs = machineNowMs()
  const hole = proxy.blackHole(whoseSlot(fleet, slot))
  try {
    await delay(forMs, undefined, { signal })
    return { hasFired: hole.fired > 0, detail: `${who}, ${hole.fired} messages held`, fromMs }
  } finally {
    hole.end()
  }
}

async function loseAnswer(fault: Of<'lose-answer'>, { fleet, proxy, signal }: FaultParts): Promise<Strike> {
  await present(fleet, fault.slot)
  const { api, silently } = fault
  const clientId = fleet.nameIn(fault.slot)
  const lost = proxy.dropAnswers({ api, silently, clientId })
  try {
    await lost.struck(AbortSignal.any([signal, AbortSignal.timeout(killPointLimitMs)]))
    return { hasFired: true, detail: clientId, momentMs: machineNowMs() }
  } finally {
    lost.end()
  }
}

/** A stop excuses no stall, however long its drain takes: the others go on meanwhile, or as soon as they may. */
async function stop({ slot, replacedAfterMs }: Of<'stop'>, { fleet, signal }: FaultParts): Promise<Strike> {
  await present(fleet, slot)
  const name = fleet.nameIn(slot)
  const momentMs = machineNowMs()
  const [hasFired] = await Promise.all([fleet.stop(name), fleet.replace(slot, replacedAfterMs, signal)])
  return { hasFired, detail: name, momentMs }
}

async function guest({ staysMs }: Of<'guest'>, { fleet, signal }: FaultParts): Promise<Strike> {
  const momentMs = machineNowMs()
  const name = fleet.start()
  await fleet.joined(name)
  await delay(staysMs, undefined, { signal })
  return { hasFired: await fleet.stop(name), detail: name, momentMs }
}

/** Whoever died before may not be replaced yet, and who was just started has nothing yet that a fault could meet. */
async function present(fleet: Fleet, slot: number | undefined): Promise<void> {
  if (slot === undefined) return
  const isThere = (): true | undefined => fleet.isPresent(slot) || undefined
  await until(`worker ${slot + 1} is there`, isThere, { limitMs: presentLimitMs })
}

const whoseSlot = (fleet: Fleet, slot: number | undefined): { readonly clientId?: string } =>
  slot === undefined ? {} : { clientId: fleet.nameIn(slot) }

const whoIn = (fleet: Fleet, slot: number | undefined): string => (slot === undefined ? 'all' : fleet.nameIn(slot))
