/** The fast layer: the driver in memory behind simulated ports, one per process. No client, no bytes, the same events. */
import { type Clock, waitOn } from '@millrace/core'
import { createScriptedDriver, type ScriptedDriver } from '../scripted/scripted-driver.js'
import { epochMs } from './own-time.js'
import type { StartedCluster } from './run-schedule.js'
import { createSimulatedPort, type SimulatedPort } from './simulated-port.js'
import type { SeenOffset, SimulatedCluster } from './simulated-cluster.js'
import type { Actor, World } from './world.js'

export interface ScriptedClusterOptions {
  readonly topics: Readonly<Record<string, number>>
  /** After which a process that is dead or frozen is out of its group. */
  readonly sessionMs: number
}

function clockOf(world: World, actor: Actor): Clock {
  const clock: Clock = {
    now: () => world.now,
    wallNow: () => epochMs + world.now,
    after(ms, call) {
      const task = world.after(actor, ms, { lane: 'timers of the cluster', label: `timer ${ms}` }, call)
      return { cancel: () => void (task.isOver = true) }
    },
    wait: (ms, signal) => waitOn(clock, ms, signal),
    yield: () => new Promise((resolve) => world.soon(actor, resolve)),
  }
  return clock
}

export function startScriptedCluster(world: World, { topics, sessionMs }: ScriptedClusterOptions): StartedCluster {
  const actor = world.actor('cluster')
  const driver = createScriptedDriver({ clock: clockOf(world, actor) })
  for (const [name, partitions] of Object.entries(topics)) driver.createTopic(name, { partitions })
  const ports = new Map<Actor, SimulatedPort>()
  const generations = new Map<string, number>()
  const commits = watchCommits(driver)
  let upAt = 0

  const expireLater = (process: Actor): void =>
    void world.after(
      actor,
      sessionMs,
      { lane: `session of ${process.name}`, label: `session of ${process.name}` },
      () => {
        if (process.state !== 'alive') ports.get(process)?.expire()
      },
    )

  const cluster: SimulatedCluster = {
    driverOf(process) {
      const began = (group: string, generation: number): void => void generations.set(group, generation)
      const shared = { inner: driver, upAt: () => upAt, began, changed: () => commits.tell() }
      const port = createSimulatedPort({ world, actor: process, cluster: actor, ...shared })
      ports.set(process, port)
      return port.driver
    },
    send: ({ topic, partition = 0, key = null, value }) =>
      world.inside(actor, () => driver.send(topic, { partition, key, value })),
    ...seenIn(driver),
    generation: (group) => generations.get(group) ?? 0,
    onCommit: (listener) => commits.listen(listener),
    died(process, lost) {
      if (lost === 'requests') world.cancel(({ lane }) => lane === `${process.name} out`)
      expireLater(process)
    },
    froze: expireLater,
    cut: (process, lost) => ports.get(process)?.cut(lost),
    rebalance() {
      for (const group of driver.groups()) world.inside(actor, () => void driver.rebalance(group))
    },
    restart(downMs) {
      upAt = world.now + downMs
      for (const port of ports.values()) port.cut('requests')
    },
    holdMarkers(ms) {
      const release = driver.holdTransactions()
      world.after(actor, ms, { lane: 'timers of the cluster', label: 'transactions go on' }, release)
    },
    spoilAnswers: (seed) => world.inside(actor, () => spoil(driver, seed)),
    close: async () => undefined,
  }
  return { cluster, connect: noNetwork }
}

const noNetwork = (): never => {
  throw new Error('there is no network in the fast layer: give simulate() a driver')
}

/** What can be looked up at any time. */
const seenIn = (
  driver: ScriptedDriver,
): Pick<SimulatedCluster, 'committed' | 'endOffset' | 'readable' | 'violations'> => ({
  committed: (group, topic, partition) =>
    driver.groups().includes(group) ? driver.committed(topic, group).get(partition) : undefined,
  endOffset: (topic, partition) => driver.endOffset(topic, partition),
  readable: (topic) =>
    driver.records(topic).map(({ partition, offset, key, value, headers }) => ({
      ...{ partition, offset, key, value },
      headers: headers.map(([name, content]) => [name.toString(), content?.toString() ?? ''] as const),
    })),
  violations: () => driver.violations,
})

function spoil(driver: ScriptedDriver, seed: number): void {
  const ways = [
    () => driver.failNextCommits(2),
    () => driver.failNextSends(2),
    () => driver.failNextSends(1, undefined, { isStored: true }),
    () => driver.failNextTransactions(1, 'aborted'),
    () => driver.failNextTransactions(1, 'fenced'),
    () => driver.failNextTransactions(1, 'unknown'),
    () => driver.failNextTransactions(1, 'unknown', { isCommitted: true }),
  ]
  ways[seed % ways.length]?.()
}

/** The driver in memory keeps a list; who is told looks at what is new in it. */
function watchCommits(driver: ScriptedDriver) {
  const listeners: ((commit: SeenOffset) => void)[] = []
  let seen = 0
  return {
    listen: (listener: (commit: SeenOffset) => void): void => void listeners.push(listener),
    tell(): void {
      for (; seen < driver.commits.length; seen += 1) {
        const commit = driver.commits[seen]
        if (commit !== undefined) for (const listener of listeners) listener(commit)
      }
    },
  }
}
