import { setTimeout as wait } from 'node:timers/promises'
import type { DemoKafka } from '../stage/kafka.js'
import type { Service } from '../stage/service.js'

export interface KillTarget {
  readonly worker: Pick<Service, 'freeze' | 'thaw' | 'kill'>
  readonly transactionalId: string
  /** Topics of which nobody else writes these partitions. */
  readonly sinks: readonly string[]
  readonly partitions: readonly number[]
}

/** What is asked of Kafka about the transaction. */
export interface Looking {
  readonly probe: Pick<DemoKafka['probe'], 'transactions'>
  readonly admin: Pick<DemoKafka['admin'], 'endOffsets'>
}

const limitMs = 10_000
const betweenMs = 3

/**
 * kill -9 of a worker while its transaction holds records: one lives for milliseconds, so the worker is frozen first, and let go
 * where it had none. Resolves with how many records the transaction held; 0 where none was met in time.
 */
export async function killInside(target: KillTarget, kafka: Looking, signal: AbortSignal): Promise<number> {
  const { worker, transactionalId } = target
  const deadlineMs = performance.now() + limitMs
  for (;;) {
    worker.freeze()
    try {
      const held = await heldNow()
      if (held > 0 || performance.now() > deadlineMs) {
        await worker.kill()
        return held
      }
    } finally {
      worker.thaw() // also where Kafka could not be asked: a frozen process would not hear that it has to stop
    }
    await wait(betweenMs, undefined, { signal })
  }

  /** Looks twice: what was on its way to the coordinator when the worker stopped has arrived by then. */
  async function heldNow(): Promise<number> {
    if (!(await isOpen())) return 0
    const held = await heldBy(target, kafka)
    return (await isOpen()) ? held : 0
  }

  async function isOpen(): Promise<boolean> {
    const seen = await kafka.probe.transactions(transactionalId, { signal })
    return seen.some((one) => one.transactionalId === transactionalId && one.state === 'Ongoing')
  }
}

/** Records behind which a `read_committed` reader waits. */
async function heldBy({ sinks, partitions }: KillTarget, { admin }: Looking): Promise<number> {
  const held = await Promise.all(
    sinks.map(async (topic) => {
      const ends = await admin.endOffsets(topic)
      const stable = await admin.endOffsets(topic, { isolation: 'read_committed' })
      return partitions.map((partition) => (ends.get(partition) ?? 0n) - (stable.get(partition) ?? 0n))
    }),
  )
  return Number(held.flat().reduce((sum, one) => sum + one, 0n))
}
