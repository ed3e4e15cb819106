import { setTimeout as delay } from 'node:timers/promises'
import { type KafkaAdmin, machineNowMs, type SeenCommit } from '@millrace/testing'

export interface CommitWatch {
  readonly seen: readonly SeenCommit[]
  /** Looks a last time, and ends. */
  stop(): Promise<void>
}

/**
 * Reads the group's committed offsets over and over. The group does not tell in which generation an offset was
 * committed, so all of them count as one: then "commits rise within a generation" says that they never fall at all.
 */
export function watchCommits(admin: KafkaAdmin, group: string, everyMs = 250): CommitWatch {
  const seen: SeenCommit[] = []
  const stopped = new AbortController()

  async function look(): Promise<void> {
    const committed = await admin.committed(group, { timeoutMs: 60_000 })
    const atMs = machineNowMs() // after the answer: what was settled while it travelled is settled
    for (const { topic, partition, offset } of committed) seen.push({ topic, partition, offset, generation: 0, atMs })
  }
  async function keepLooking(): Promise<void> {
    while (!stopped.signal.aborted) {
      await look()
      await delay(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined) // stopped: that ends the loop
    }
  }
  const looking = keepLooking()
  looking.catch(() => undefined) // stop() rejects with it
  return {
    seen,
    async stop() {
      stopped.abort()
      await looking
      await look()
    },
  }
}
