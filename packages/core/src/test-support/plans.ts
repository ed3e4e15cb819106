import type { HandlerPlan } from '../declare/plan.js'
import type { RetryPolicy } from '../declare/retry-policy.js'
import type { Serde } from '../declare/serde.js'
import { createEvents, type MillraceEvent } from '../observe/events.js'

export const raw: Serde<unknown> = { name: 'bytes', decode: (bytes) => bytes, encode: (value) => value as Buffer }

/** Waits of 10, 20, ... ms; so many attempts in all. */
export const steps = (maxAttempts: number): RetryPolicy => ({
  maxAttempts,
  delayAfter: ({ attempt }) => (attempt < maxAttempts ? attempt * 10 : undefined),
})

export const handlerPlan = (overrides: Partial<HandlerPlan> = {}): HandlerPlan => ({
  name: 'Billing.placed',
  group: 'billing',
  topic: { name: 'orders', key: raw, value: raw, tombstones: false },
  delivery: 'at-least-once',
  order: 'partition',
  concurrency: 16,
  timeoutMs: 1_000,
  errorStack: false,
  onOversize: 'halt',
  retry: steps(1),
  isRetriable: () => true,
  exhaustion: { kind: 'dead-letter', topic: 'orders.dlq' },
  brake: undefined,
  middleware: [],
  target: { kind: 'function', handle: () => undefined },
  transform: undefined,
  ...overrides,
})

export function recordedEvents() {
  const seen: MillraceEvent[] = []
  const events = createEvents((error) => {
    throw error
  })
  events.onAny((event) => seen.push(event))
  return { events, seen, names: () => seen.map(({ name }) => name) }
}
