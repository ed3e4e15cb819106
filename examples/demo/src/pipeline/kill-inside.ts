import { setTimeout as wait } from 'node:timers/promises'
import type { DemoKafka } from '../stage/kafka.js'
import type { Service } from '../stage/service.js'

const limitMs = 5_000
const betweenMs = 3

/**
 * kill -9 of a worker while its transaction is open: a transaction lives for milliseconds, so the worker is frozen first, and
 * let go where it had none. Resolves with how many partitions the transaction had; 0 where none was met in time.
 */
export async function killInside(
  worker: Service,
  transactionalId: string,
  { probe }: Pick<DemoKafka, 'probe'>,
  signal: AbortSignal,
): Promise<number> {
  const deadlineMs = performance.now() + limitMs
  while (performance.now() < deadlineMs) {
    worker.freeze()
    // Twice: what was on its way to the coordinator when the worker stopped has arrived by then.
    const isOpen = (await openPartitions()) > 0 && (await openPartitions()) > 0
    if (isOpen) break
    worker.thaw()
    await wait(betweenMs, undefined, { signal })
  }
  await worker.kill()
  return openPartitions()

  async function openPartitions(): Promise<number> {
    const seen = await probe.transactions(transactionalId, { signal })
    return seen.find((one) => one.transactionalId === transactionalId && one.state === 'Ongoing')?.partitions ?? 0
  }
}
