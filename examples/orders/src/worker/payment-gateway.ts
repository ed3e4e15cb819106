import { setTimeout as wait } from 'node:timers/promises'

export interface Charge {
  /** The same for every try of one payment, so that a repeated one costs nobody twice. */
  readonly idempotencyKey: string
  readonly customerId: string
  readonly amount: number
}

/**
 * Stands in for a payment provider that is called over the network. It is slow, and it fails where you ask for it: for
 * customers called `flaky-...` once per payment, for customers called `broke-...` always.
 */
export class PaymentGateway {
  latencyMs = 20
  readonly #failedOnce = new Set<string>()

  async charge({ idempotencyKey, customerId }: Charge, signal: AbortSignal): Promise<{ readonly receipt: string }> {
    await wait(this.latencyMs, undefined, { signal })
    if (customerId.startsWith('broke-')) throw new Error('payment declined')
    if (customerId.startsWith('flaky-') && !this.#failedOnce.delete(idempotencyKey)) {
      this.#failedOnce.add(idempotencyKey)
      throw new Error('payment provider timed out')
    }
    return { receipt: `receipt-${idempotencyKey}` }
  }
}
