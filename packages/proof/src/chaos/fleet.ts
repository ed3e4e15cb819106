import { setTimeout as delay } from 'node:timers/promises'
import { machineNowMs } from '@millrace/testing'
import type { ProofRig } from '../rig/proof-rig.js'
import { until } from '../rig/until.js'

export interface Kill {
  readonly worker: string
  readonly atMs: number
  /** What the group had committed right after it, by partition, and when this was read. */
  readonly committed: ReadonlyMap<number, bigint>
  readonly readMs: number
}

/** The workers of a chaos run: so many slots, each with the process that holds it now. */
export interface Fleet {
  /** The worker in a slot; also what it calls itself to the broker. */
  nameIn(slot: number): string
  /** Starts a worker that holds no slot yet. */
  start(): string
  /** Gives a slot to another worker. Whoever held it is on its own. */
  give(slot: number, name: string): void
  /** Stops the process in a slot with SIGSTOP, shortly before it is killed: it does nothing any more, and is still connected. */
  stun(slot: number): void
  /**
   * Kills the worker of a slot with SIGKILL. False when it was gone before. What the group has committed is read behind
   * `whenDead`: a commit that is still on its way then counts.
   */
  kill(slot: number, whenDead?: () => Promise<void>): Promise<boolean>
  /** Stops the process in a slot with SIGSTOP, and gives the slot to another one after a while. */
  freeze(slot: number, replacedAfterMs: number): void
  /** Lets a frozen process go on. False when it was gone. */
  thaw(name: string): boolean
  /** Resolves when the others share the group without this worker. */
  takenOver(name: string): Promise<void>
  /** Resolves with what this worker tells next of its transactions, or that its leases end. */
  foundOut(name: string): Promise<string>
  /** Tells a worker to stop. False when it did not end in order. */
  stop(name: string): Promise<boolean>
  /** Resolves when a worker shares the group. */
  joined(name: string): Promise<void>
  /** Whether the worker of a slot lives and shares the group. */
  isPresent(slot: number): boolean
  /** Puts a new worker into a slot after a while. */
  replace(slot: number, afterMs: number): Promise<void>
  readonly kills: readonly Kill[]
  /** Workers in the slots now. */
  names(): readonly string[]
}

/** Reading the offsets waits for a broker that is away, but not for ever. */
const readLimitMs = 45_000
const joinLimitMs = 90_000
const restartMs = 500
const endings: readonly string[] = ['transaction.committed', 'transaction.aborted', 'transaction.fenced', 'lease.ended']

type FleetRig = Pick<ProofRig, 'start' | 'worker' | 'committed' | 'terminate' | 'goesOnWithout'>

export function createFleet(rig: FleetRig, slots: number, signal: AbortSignal): Fleet {
  const kills: Kill[] = []
  const { held, gone, nameIn, start, hold, hasJoined, replace } = createSlots(rig, slots, signal)

  return {
    ...{ nameIn, start, kills },
    names: () => [...held],
    give: hold,
    stun: (slot) => void rig.worker(nameIn(slot)).kill('SIGSTOP'),
    async kill(slot, whenDead) {
      const name = nameIn(slot)
      const atMs = machineNowMs()
      gone.add(name)
      rig.worker(name).kill('SIGKILL')
      const exit = await rig.worker(name).exited
      await whenDead?.()
      const look = (): Promise<ReadonlyMap<number, bigint> | undefined> => rig.committed().catch(() => undefined) // the broker is away
      const committed = await until('the offsets after a kill can be read', look, { limitMs: readLimitMs })
      kills.push({ worker: name, atMs, committed, readMs: machineNowMs() })
      return exit.signal === 'SIGKILL'
    },
    freeze(slot, replacedAfterMs) {
      gone.add(nameIn(slot))
      rig.worker(nameIn(slot)).kill('SIGSTOP')
      void replace(slot, replacedAfterMs).catch(() => undefined) // only the end of the run ends the wait
    },
    thaw: (name) => rig.worker(name).kill('SIGCONT'),
    async takenOver(name) {
      const look = async (): Promise<true | undefined> =>
        (await rig.goesOnWithout(name).catch(() => false)) || undefined // the broker is away
      await until(`the group goes on without ${name}`, look, { limitMs: joinLimitMs, everyMs: 100 })
    },
    async foundOut(name) {
      const { announcements } = rig.worker(name)
      const from = announcements.length
      const look = (): string | undefined =>
        announcements.slice(from).find(({ signal: said }) => endings.includes(said))?.signal
      return until(`${name} goes on`, look, { limitMs: joinLimitMs })
    },
    async stop(name) {
      gone.add(name)
      return (await rig.terminate(name)).code === 0
    },
    async joined(name) {
      await rig.worker(name).said('member.joined', { timeoutMs: joinLimitMs })
    },
    isPresent: (slot) => !gone.has(nameIn(slot)) && hasJoined(nameIn(slot)),
    replace,
  }
}

/** Which process holds which slot, and who is gone on purpose. */
function createSlots(rig: Pick<ProofRig, 'start' | 'worker'>, slots: number, signal: AbortSignal) {
  let started = 0
  const gone = new Set<string>()
  const start = (): string => {
    started += 1
    const name = `w${started}`
    rig.start(name)
    return name
  }
  const held = Array.from({ length: slots }, start)
  const hasJoined = (name: string): boolean =>
    rig.worker(name).announcements.some(({ signal: said }) => said === 'member.joined')
  const hold = (slot: number, name: string): void => {
    held[slot] = name
    // As its supervisor would: one that finds no broker when it starts gives up, and is started again.
    void rig.worker(name).exited.then(async () => {
      if (held[slot] !== name || gone.has(name) || signal.aborted || hasJoined(name)) return
      await delay(restartMs, undefined, { signal }).then(
        () => hold(slot, start()),
        () => undefined,
      ) // the run is over
    })
  }
  const nameIn = (slot: number): string => {
    const name = held[slot]
    if (name === undefined) throw new RangeError(`there is no slot ${slot}`)
    return name
  }
  const replace = async (slot: number, afterMs: number): Promise<void> => {
    await delay(afterMs, undefined, { signal })
    hold(slot, start())
  }
  return { held, gone, nameIn, start, hold, hasJoined, replace }
}
