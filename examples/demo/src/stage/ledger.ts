/** What a worker tells at `/inspect` about the records it received, as far as the demo adds it up. */
interface Counts {
  readonly received: number
  readonly settled: number
  readonly inFlight: number
}

/**
 * The sum over all handlers of a worker of `received - settled - in flight`: 0, or a record is missing. Each of the three
 * is counted apart by the worker, so the equation can fail.
 */
export async function unaccountedRecords(opsUrl: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(`${opsUrl}/inspect`, { signal })
  const snapshot: unknown = await response.json()
  const handlers = fieldOf(snapshot, 'handlers')
  if (!Array.isArray(handlers) || handlers.length === 0) throw new Error(`${opsUrl}/inspect shows no handlers`)
  return handlers
    .map(countsOf)
    .reduce((sum, { received, settled, inFlight }) => sum + Math.abs(received - settled - inFlight), 0)
}

const settlements = ['processed', 'retried', 'deadLettered', 'skipped', 'abandoned']

const countsOf = (handler: unknown): Counts => ({
  received: numberOf(handler, 'received'),
  settled: settlements.reduce((sum, name) => sum + numberOf(handler, name), 0),
  inFlight: numberOf(handler, 'inFlight'),
})

function numberOf(value: unknown, name: string): number {
  const found = fieldOf(value, name)
  if (typeof found !== 'number') throw new Error(`/inspect has no number "${name}"`)
  return found
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
