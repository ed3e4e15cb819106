import * as z from 'zod'

/** What a client may send. It is checked here, at the door: behind it, an order is one. */
export const OrderForm = z.object({
  orderId: z.string().min(1).max(64),
  customerId: z.string().min(1).max(64),
  amount: z.number().positive(),
  /** ISO 8601. .NET writes seven digits of a second, and leaves the offset out for an unspecified kind. */
  timestampUtc: z.iso.datetime({ offset: true, local: true }),
})
