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
  const tasks = new TaskLanes()
  const urgent = new UrgentCalls()
  let [now, steps, ticks] = [0, 0, 0]

  const inside = <T>(actor: Actor, call: () => T): T => here.run({ world, actor }, call)

  /** One of the tasks that may happen now. Where none may, time jumps to the first that will; undefined: none ever will. */
  function draw(): Task | undefined {
    const candidates = tasks.heads()
    let ready = candidates.filter(({ due }) => due <= now)
    if (ready.length === 0) {
      const next = candidates.reduce((least, { due }) => Math.min(least, due), Infinity)
      if (next === Infinity) return undefined
      now = next
      ready = candidates.filter(({ due }) => due <= now)
    }
    return ready[ready.length === 1 ? 0 : order.below(ready.length)]
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
    after: (actor, ms, place, call) => tasks.add(actor, now + Math.max(0, Math.ceil(ms)), place, call),
    soon: (actor, call) => urgent.add(() => inside(actor, call)),
    cancel: (which) => tasks.cancel(which),
    note(text) {
      ticks += 1
      lines.push(`${now} ${text}`)
    },
    async step() {
      const task = draw()
      if (task === undefined) return false
      task.isOver = true
      steps += 1
      world.note(`${task.actor.name}: ${task.label}`)
      inside(task.actor, task.call)
      await urgent.settle()
      return true
    },
    settle: () => urgent.settle(),
    trace: () => lines,
    hash: () => createHash('sha256').update(lines.join('\n')).digest('hex'),
  }
  return world
}

/** What may happen, each lane in its own order. */
class TaskLanes {
  #tasks: Task[] = []
  #made = 0

  add(actor: Actor, due: number, { lane, label }: TaskPlace, call: () => void): Task {
    this.#made += 1
    const task: Task = { actor, due, order: this.#made, lane, label, call, isOver: false }
    if (actor.state !== 'dead') this.#tasks.push(task)
    return task
  }

  cancel(which: (task: Task) => boolean): void {
    this.#tasks = this.#tasks.filter((task) => {
      if (which(task)) task.isOver = true
      return !task.isOver
    })
  }

  /** The first of each lane, in the order in which they were made, of actors that can act. */
  heads(): readonly Task[] {
    const first = new Map<string, Task>()
    let hasOver = false
    for (const task of this.#tasks) {
      if (task.isOver) hasOver = true
      else if (task.actor.state === 'alive') {
        const head = first.get(task.lane)
        if (head === undefined || task.due < head.due) first.set(task.lane, task)
      }
    }
    if (hasOver) this.#tasks = this.#tasks.filter(({ isOver }) => !isOver)
    return [...first.values()]
  }
}

/** What must run before the next step, in order. */
class UrgentCalls {
  #calls: (() => void)[] = []

  add(call: () => void): void {
    this.#calls.push(call)
  }

  /** Resolves when no promise, no `nextTick` and no urgent call is left. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < maxTurns; turns += 1) {
      // One turn of the event loop runs every promise and every `nextTick` that is due; nothing else of it is used.
      await turn()
      if (this.#calls.length === 0) return
      const calls = this.#calls
      this.#calls = []
      for (const call of calls) call()
    }
    throw new Error(`the broker does not come to rest within ${maxTurns} turns`)
  }
}
