import { Consumer, exponential, fromEnv, Handle, inject, type MessageContext } from 'millrace'
import { deadLetterTopic, type OrderPlaced, Orders } from '../topics.js'
import { Billing } from './billing.js'

/** Bills every order: four attempts, then the dead-letter topic. Nothing is committed before one of the two has happened. */
@Consumer({ group: fromEnv('ORDERS_GROUP', 'orders-workers') })
export class OrderHandlers {
  constructor(@inject(Billing) private readonly billing: Billing) {}

  @Handle(Orders, { retry: exponential({ attempts: 4 }), deadLetter: deadLetterTopic, timeout: '5s' })
  async placed(order: OrderPlaced, ctx: MessageContext<string>): Promise<void> {
    const receipt = await this.billing.charge(order, ctx)
    ctx.log.info({ orderId: order.orderId, receipt }, 'order billed')
  }
}
