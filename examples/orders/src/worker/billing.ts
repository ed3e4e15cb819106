import { inject, type MessageContext } from 'millrace'
import type { OrderPlaced } from '../topics.js'
import { PaymentGateway } from './payment-gateway.js'

/** What the service does with an order. It knows payments, and of Kafka only what every record brings along. */
export class Billing {
  constructor(@inject(PaymentGateway) private readonly gateway: PaymentGateway) {}

  /** Charges the customer. `id` stays the same over retries and redelivery, so nobody pays twice. */
  async charge(order: OrderPlaced, { id, signal }: Pick<MessageContext, 'id' | 'signal'>): Promise<string> {
    const { customerId, amount } = order
    const { receipt } = await this.gateway.charge({ idempotencyKey: id, customerId, amount }, signal)
    return receipt
  }
}
