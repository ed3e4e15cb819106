import { Consumer, fromEnv, Handle, type MessageContext } from 'millrace'
import { type OrderPlaced, Orders } from '../topics.js'

const every = 50

/**
 * Counts orders in a group of its own, so it gets every record that billing gets. A lost count after a crash is cheaper
 * than a retry, and at-most-once says so.
 */
@Consumer({ group: fromEnv('ORDERS_METRICS_GROUP', 'orders-metrics') })
export class OrderMetrics {
  orders = 0
  revenue = 0

  @Handle(Orders, { delivery: 'at-most-once' })
  count({ amount }: OrderPlaced, { log }: MessageContext<string>): void {
    this.orders += 1
    this.revenue += amount
    if (this.orders % every === 0) log.info({ orders: this.orders, revenue: this.revenue }, 'orders counted')
  }
}
