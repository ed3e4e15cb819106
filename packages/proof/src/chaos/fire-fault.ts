import { setTimeout as delay } from 'node:timers/promises'
import { machineNowMs } from '@millrace/testing'
import type { ChaosFault, PlannedFault } from './chaos-schedule.js'
import { everybody, type FaultParts, killPointLimitMs, present, slotOf, type Strike } from './fault-parts.js'
import { fireZombie } from './fire-zombie.js'
import type { Fleet } from './fleet.js'

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

/** Answers that were on their way when the broker stopped arrive within this. */
const lastAnswersMs = 500

/** Does one thing to a run, and resolves when it is over. What it can't do is a fault that did not fire, never a throw. */
export async function fireFault(planned: PlannedFault, parts: FaultParts): Promise<FiredFault> {
  const sentMs = machineNowMs()
  const strike = await inTurn(planned.fault, parts).catch(
    (error: unknown): Strike => ({ hasFired: false, detail: `failed: ${String(error)}` }),
  )
  const { hasFired, detail, momentMs, fromMs = sentMs } = strike
  return { planned, atMs: momentMs ?? fromMs, endMs: momentMs ?? machineNowMs(), hasFired, detail }
}

/** One fault of a slot at a time, and one that meets everybody: each finds what it needs, however long the one before has taken. */
function inTurn(fault: ChaosFault, parts: FaultParts): Promise<Strike> {
  if (fault.kind === 'zombie') return fireZombie(fault, parts) // which needs its slot only until it sleeps
  const work = (): Promise<Strike> => strikeOf(fault, parts)
  if ('slot' in fault && fault.slot !== undefined) return parts.turns.take(slotOf(fault.slot), work)
  return meetsEverybody.has(fault.kind) ? parts.turns.take(everybody, work) : work()
}

async function strikeOf(fault: Exclude<ChaosFault, { kind: 'zombie' }>, parts: FaultParts): Promise<Strike> {
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
    case 'lose-answer':
      return loseAnswer(fault, parts)
    case 'stop':
      return stop(fault, parts)
    case 'guest':
      return guest(fault, parts)
  }
}

/** Where no worker is named. */
const meetsEverybody = new Set<ChaosFault['kind']>(['freeze', 'restart', 'cut', 'black-hole'])

type Of<Kind extends ChaosFault['kind']> = Extract<ChaosFault, { kind: Kind }>

async function kill({ slot, replacedAfterMs }: Of<'kill'>, { fleet }: FaultParts): Promise<Strike> {
  await present(fleet, slot)
  const name = fleet.nameIn(slot)
  const momentMs = machineNowMs()
  void fleet.replace(slot, replacedAfterMs).catch(() => undefined) // only the end of the run ends the wait
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
    // A dead process may reset its connection, and what it had sent is gone with that: so it is stunned first.
    if (isDelivered) {
      fleet.stun(slot)
      frame.release()
      isPassed = await frame.passed
    }
    const wasAlive = await fleet.kill(slot, async () => {
      frame.cut()
      isPassed ||= await frame.passed
    })
    const detail = `${clientId}, ${isPassed ? 'then delivered' : 'never delivered'}`
    return { hasFired: wasAlive && isPassed === isDelivered, momentMs, detail }
  } finally {
    if (comesFirst !== undefined) fleet.give(slot, comesFirst)
    else void fleet.replace(slot, replacedAfterMs).catch(() => undefined) // only the end of the run ends the wait
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

async function restart(
  { downMs, isGated = false }: Of<'restart'>,
  { control, proxy, signal }: FaultParts,
): Promise<Strike> {
  const { pid } = control
  const gate = isGated ? proxy.refuse() : undefined
  await control.kill()
  try {
    await delay(downMs, undefined, { signal })
  } finally {
    await control.restart().finally(() => gate?.end())
  }
  // An embedded broker is no process: it was away, or this would have failed.
  return { hasFired: pid === undefined || control.pid !== pid, detail: `${downMs} ms without a broker` }
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
    const momentMs = machineNowMs()
    // Nothing else happens to it until it has found out what became of its transaction: that is what this is about.
    const found = await fleet.foundOut(clientId)
    return { hasFired: true, detail: `${clientId}, which found out: ${found}`, momentMs }
  } finally {
    lost.end()
  }
}

/** A stop excuses no stall, however long its drain takes: the others go on meanwhile, or as soon as they may. */
async function stop({ slot, replacedAfterMs }: Of<'stop'>, { fleet }: FaultParts): Promise<Strike> {
  await present(fleet, slot)
  const name = fleet.nameIn(slot)
  const momentMs = machineNowMs()
  const [hasFired] = await Promise.all([fleet.stop(name), fleet.replace(slot, replacedAfterMs)])
  return { hasFired, detail: name, momentMs }
}

async function guest({ staysMs }: Of<'guest'>, { fleet, signal }: FaultParts): Promise<Strike> {
  const momentMs = machineNowMs()
  const name = fleet.start()
  await fleet.joined(name)
  await delay(staysMs, undefined, { signal })
  return { hasFired: await fleet.stop(name), detail: name, momentMs }
}

const whoseSlot = (fleet: Fleet, slot: number | undefined): { readonly clientId?: string } =>
  slot === undefined ? {} : { clientId: fleet.nameIn(slot) }

const whoIn = (fleet: Fleet, slot: number | undefined): string => (slot === undefined ? 'all' : fleet.nameIn(slot))
