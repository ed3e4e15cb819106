import type { Producer } from './bare-kafkajs.js'
import { short } from './readable.js'
import type { Stage } from './stage.js'

const uncommitted = { isolation: 'read_uncommitted' } as const

export const transactional = (s: Stage, id: string, transactionTimeout = 30_000): Promise<Producer> =>
  s.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout,
    retry: { initialRetryTime: 20, retries: 20, maxRetryTime: 200 },
  })

/** How the coordinator sees it when it has come to rest. */
export const ended = (s: Stage, id: string, state: string) =>
  s.until(`${id} is ${state}`, async () => {
    const [found] = (await s.probe.transactions(id)).filter(({ transactionalId }) => transactionalId === id)
    return found?.state === state ? found : undefined
  })

export const stored = async (s: Stage, topic: string) => ({
  committed: short(await s.probe.read(topic)),
  all: short(await s.probe.read(topic, uncommitted)),
})
