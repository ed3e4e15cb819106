import { setTimeout as wait } from 'node:timers/promises'
import type { PlannedOrder } from './order-book.js'

export interface Pace {
  /** Requests that are under way at once. */
  readonly clients: number
  /** Between two requests of one client, milliseconds. */
  readonly pauseMs: number
}

/** Sends every order once, as HTTP clients do. Throws with the answer when one is not accepted. */
export async function placeOrders(
  url: string,
  orders: readonly PlannedOrder[],
  { clients, pauseMs }: Pace,
  signal: AbortSignal,
): Promise<void> {
  const left = orders.values()
  const client = async (): Promise<void> => {
    for (const { body } of left) {
      const response = await fetch(`${url}/api/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      })
      const answer = await response.text()
      if (response.status !== 202) throw new Error(`the API answered ${response.status} to ${body.OrderId}: ${answer}`)
      await wait(pauseMs, undefined, { signal })
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
}
