/**
 * Takes over every source of time, chance and order that code of an actor can reach: timers, immediates, the clocks, `Math.random`,
 * connections. kafkajs uses the global ones, so they are replaced for all; code outside of every actor (the test framework, the search
 * itself) is told apart by its async context and gets the real ones. Promises and `process.nextTick` stay: they need no time and
 * have an order of their own, which follows from the order of what started them.
 */
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import timersPromises from 'node:timers/promises'
import { type Actor, type Task, whereAmI, type World } from './world.js'

export type Connect = (
  actor: Actor,
  to: { readonly host: string; readonly port: number },
  onConnect: () => void,
) => net.Socket

/** What the wall clocks of a schedule say at its beginning. */
export const epochMs = Date.UTC(2025, 0, 1)

class SimulatedTimer {
  #task: Task
  readonly #again: () => Task

  constructor(again: () => Task) {
    this.#again = again
    this.#task = again()
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  refresh(): this {
    this.#task.isOver = true
    this.#task = this.#again()
    return this
  }
  close(): this {
    this.#task.isOver = true
    return this
  }
  [Symbol.dispose](): void {
    this.close()
  }
}

const cancel = (timer: unknown): boolean => {
  if (!(timer instanceof SimulatedTimer)) return false
  timer.close()
  return true
}

/** Sets properties and returns how to set them back. */
function replace<T extends object>(target: T, own: Partial<Record<keyof T & string, unknown>>): () => void {
  const before = Object.keys(own).map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const)
  for (const [name, value] of Object.entries(own))
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, descriptor)
    }
  }
}

type Call = (...args: unknown[]) => void

const timerLane = (actor: Actor): string => `timers of ${actor.name}`

function timers() {
  const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate }
  const later = (world: World, actor: Actor, ms: number, label: string, call: () => void): SimulatedTimer => {
    // As Node: whole milliseconds, one at least, also where it is no number.
    const wait = Number.isFinite(ms) && ms >= 1 ? Math.trunc(ms) : 1
    const make = (): Task => world.after(actor, wait, { lane: timerLane(actor), label }, call)
    return new SimulatedTimer(make)
  }
  return {
    setTimeout(call: Call, ms = 1, ...args: unknown[]) {
      const at = whereAmI()
      if (at === undefined) return real.setTimeout(call, ms, ...args)
      return later(at.world, at.actor, ms, `timer ${ms}`, () => call(...args))
    },
    setInterval(call: Call, ms = 1, ...args: unknown[]) {
      const at = whereAmI()
      if (at === undefined) return real.setInterval(call, ms, ...args)
      const timer: SimulatedTimer = later(at.world, at.actor, ms, `interval ${ms}`, () => {
        timer.refresh()
        call(...args)
      })
      return timer
    },
    setImmediate(call: Call, ...args: unknown[]) {
      const at = whereAmI()
      if (at === undefined) return real.setImmediate(call, ...args)
      const place = { lane: `turns of ${at.actor.name}`, label: 'turn' }
      const make = (): Task => at.world.after(at.actor, 0, place, () => call(...args))
      return new SimulatedTimer(make)
    },
    clearTimeout: (timer: never) => void (cancel(timer) || real.clearTimeout(timer)),
    clearInterval: (timer: never) => void (cancel(timer) || real.clearInterval(timer)),
    clearImmediate: (timer: never) => void (cancel(timer) || real.clearImmediate(timer)),
  }
}

function wallClock(): DateConstructor {
  const Real = Date
  const now = (): number => {
    const at = whereAmI()
    return at === undefined ? Real.now() : epochMs + at.world.now
  }
  return new Proxy(Real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === simulated ? target : newTarget),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
}
let simulated: DateConstructor | undefined

function signalTimeout(ms: number): AbortSignal {
  const at = whereAmI()
  if (at === undefined) return realSignalTimeout(ms)
  const controller = new AbortController()
  at.world.after(at.actor, Math.trunc(ms), { lane: timerLane(at.actor), label: `time limit ${ms}` }, () =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  )
  return controller.signal
}
// Taken when the module loads: the properties are what is replaced.
const realWait = timersPromises.setTimeout
const realSignalTimeout = AbortSignal.timeout.bind(AbortSignal)

/** `timers/promises`, as a handler may use it. */
function wait(ms?: number, value?: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown> {
  if (whereAmI() === undefined) return realWait(ms, value, options)
  return new Promise((resolve, reject) => {
    const signal = options?.signal
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve(value)
    }, ms)
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}

let isTaken = false

/** One world at a time owns the process. Returns how to give it back. */
export function ownTime(connect: Connect): () => void {
  if (isTaken) throw new Error('a schedule is running already: simulations of one process run one after the other')
  isTaken = true
  const [realConnect, realRandom, realNow] = [net.connect, Math.random, performance.now.bind(performance)]
  const connectHere = (...args: unknown[]): net.Socket => {
    const at = whereAmI()
    if (at === undefined) return Reflect.apply(realConnect, net, args)
    const [to, onConnect] = args
    if (typeof to !== 'object' || to === null) throw new Error('only net.connect({ host, port }) is simulated')
    const { host, port } = to as { host?: string; port?: number }
    return connect(at.actor, { host: host ?? 'localhost', port: port ?? 0 }, () => {
      if (typeof onConnect === 'function') onConnect()
    })
  }
  simulated = wallClock()
  const back = [
    replace(globalThis, { ...timers(), Date: simulated }),
    replace(Math, { random: () => whereAmI()?.actor.random.next() ?? realRandom() }),
    replace(performance, { now: () => whereAmI()?.world.now ?? realNow() }),
    replace(AbortSignal, { timeout: signalTimeout }),
    replace(net, { connect: connectHere, createConnection: connectHere }),
    replace(timersPromises, { setTimeout: wait }),
  ]
  syncBuiltinESMExports()
  return () => {
    for (const restore of back) restore()
    syncBuiltinESMExports()
    isTaken = false
  }
}
