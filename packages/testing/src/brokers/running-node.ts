import { rm } from 'node:fs/promises'
import type { ProcessControl } from './broker-under-test.js'
import { type NodeStart, startKafkaNode } from './kafka-node.js'
import type { LeashedProcess } from './leashed-process.js'

/** A node that the launcher started, and how to hurt it. */
export interface RunningNode {
  readonly id: number
  /** `host:port` of its plaintext listener. */
  readonly address: string
  /** `host:port` by name of each extra listener. */
  readonly listeners: Readonly<Record<string, string>>
  readonly control: ProcessControl
  /** Ends it and removes its files; safe to call twice. */
  stop(): Promise<void>
}

const stopGraceMs = 3000

export function runningNode(
  first: LeashedProcess,
  start: NodeStart,
  { id, listeners }: Pick<RunningNode, 'id' | 'listeners'>,
): RunningNode {
  let node = first
  return {
    id,
    address: `127.0.0.1:${start.port}`,
    listeners,
    control: {
      get pid() {
        return node.pid
      },
      pause: () => node.signal('SIGSTOP'),
      resume: () => node.signal('SIGCONT'),
      kill: () => node.stop(0),
      async restart() {
        await node.stop(stopGraceMs)
        // Its peers may be down when it comes back, and the first signal was only for the first start.
        const { signal: _first, peers: _peers, ...again } = start
        node = await startKafkaNode(again)
      },
    },
    async stop() {
      await node.stop(stopGraceMs)
      await rm(start.directory, { recursive: true, force: true })
    },
  }
}
