/**
 * Everything that happens in one schedule. What a process, the network or the broker will do next is a task: it belongs to an
 * actor, has a moment from which on it may happen, and stands in a lane with those that must not overtake it (the bytes of one
 * connection, the timers of one process). A step draws one of the tasks that may happen now, runs it, and lets all promises come to
 * rest; where none may happen, time jumps to the first that will. So the order of events follows from the seed and from nothing else.
 *
 * An actor is alive, frozen (its tasks wait, time goes on without it) or dead: then its tasks are gone. Between two steps every
 * continuation of a process waits for a task, so nothing of a dead one ever runs again: it ends at an await, as under `kill -9`.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Seeded } from './seeded.js'

export interface Actor {
  readonly name: string
  state: 'alive' | 'frozen' | 'dead'
  /** What its `Math.random` draws from. */
  readonly random: Seeded
}

export interface TaskPlace {
  /** Tasks of one lane happen in the order of `due`, then in the order in which they were made. */
  readonly lane: string
  readonly label: string
}

export interface Task extends TaskPlace {
  readonly actor: Actor
  readonly due: number
  readonly order: number
  readonly call: () => void
  isOver: boolean
}

export interface World {
  /** Milliseconds since it began. */
  readonly now: number
  /** Counts everything that is noted, so that two events of one moment have an order. */
  tick(): number
  readonly steps: number
  readonly random: Seeded
  actor(name: string): Actor
  /** Whose code is running; undefined outside of every actor. */
  current(): Actor | undefined
  /** Runs in the name of an actor: what it starts, awaits and is called back for belongs to the actor as well. */
  inside<T>(actor: Actor, call: () => T): T
  after(actor: Actor, ms: number, place: TaskPlace, call: () => void): Task
  /** Runs before the next step, in order: no choice of the scheduler. */
  soon(actor: Actor, call: () => void): void
  cancel(which: (task: Task) => boolean): void
  note(text: string): void
  /** False: nothing will ever happen again. */
  step(): Promise<boolean>
  settle(): Promise<void>
  trace(): readonly string[]
  hash(): string
}

const here = new AsyncLocalStorage<{ readonly world: World; readonly actor: Actor } | undefined>()
// Taken when the module loads: the schedule replaces what globalThis has.
const nextTurn = setImmediate
const turn = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve))
/** More turns of the broker between two steps than this go in a circle. */
const maxTurns = 10_000

/** The world and the actor in whose name this code runs. */
export const whereAmI = (): { readonly world: World; readonly actor: Actor } | undefined => here.getStore()

export function createWorld(random: Seeded): World {
  const order = random.fork('order')
  const lines: string[] = []
  let tasks: Task[] = []
  let urgent: (() => void)[] = []
  let [now, made, steps, ticks] = [0, 0, 0, 0]

  const inside = <T>(actor: Actor, call: () => T): T => here.run({ world, actor }, call)

  /** The first of each lane, in the order in which they were made, of actors that can act. */
  function heads(): readonly Task[] {
    const first = new Map<string, Task>()
    let hasOver = false
    for (const task of tasks) {
      if (task.isOver) hasOver = true
      else if (task.actor.state === 'alive') {
        const head = first.get(task.lane)
        if (head === undefined || task.due < head.due) first.set(task.lane, task)
      }
    }
    if (hasOver) tasks = tasks.filter(({ isOver }) => !isOver)
    return [...first.values()]
  }

  function run(task: Task): void {
    task.isOver = true
    steps += 1
    world.note(`${task.actor.name}: ${task.label}`)
    inside(task.actor, task.call)
  }

  async function settle(): Promise<void> {
    for (let turns = 0; turns < maxTurns; turns += 1) {
      // One turn of the event loop runs every promise and every `nextTick` that is due; nothing else of it is used.
      await turn()
      if (urgent.length === 0) return
      const calls = urgent
      urgent = []
      for (const call of calls) call()
    }
    throw new Error(`the broker does not come to rest within ${maxTurns} turns`)
  }

  const world: World = {
    get now() {
      return now
    },
    tick: () => (ticks += 1),
    get steps() {
      return steps
    },
    random,
    actor: (name) => ({ name, state: 'alive', random: random.fork(name) }),
    current: () => here.getStore()?.actor,
    inside,
    after(actor, ms, { lane, label }, call) {
      const task: Task = {
        actor,
        due: now + Math.max(0, Math.ceil(ms)),
        order: (made += 1),
        lane,
        label,
        call,
        isOver: false,
      }
      if (actor.state !== 'dead') tasks.push(task)
      return task
    },
    soon: (actor, call) => void urgent.push(() => inside(actor, call)),
    cancel(which) {
      tasks = tasks.filter((task) => {
        if (which(task)) task.isOver = true
        return !task.isOver
      })
    },
    note(text) {
      ticks += 1
      lines.push(`${now} ${text}`)
    },
    async step() {
      const candidates = heads()
      let ready = candidates.filter(({ due }) => due <= now)
      if (ready.length === 0) {
        const next = candidates.reduce((least, { due }) => Math.min(least, due), Infinity)
        if (next === Infinity) return false
        now = next
        ready = candidates.filter(({ due }) => due <= now)
      }
      const chosen = ready[ready.length === 1 ? 0 : order.below(ready.length)]
      if (chosen === undefined) return false
      run(chosen)
      await settle()
      return true
    },
    settle,
    trace: () => lines,
    hash: () => createHash('sha256').update(lines.join('\n')).digest('hex'),
  }
  return world
}
