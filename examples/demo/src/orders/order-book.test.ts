import { expect, it } from 'vitest'
import { parseOrder } from '@millrace-examples/orders/parse-order'
import { garbage, planOrders } from './order-book.js'

it('plans 200 orders that the API takes: 10 fail once, 8 always', () => {
  const orders = planOrders(200)
  const parsed = orders.map(({ body }) => parseOrder(Buffer.from(JSON.stringify(body))))
  expect(new Set(parsed.map((one) => one.kind))).toEqual(new Set(['order']))
  const counted = Object.groupBy(orders, ({ fate }) => fate)
  expect([counted['fails once']?.length, counted['always fails']?.length]).toEqual([10, 8])
  expect(new Set(orders.map(({ body }) => body.OrderId)).size).toBe(200)
})

it('has garbage that the API would not take', () => {
  expect(garbage.map((value) => parseOrder(Buffer.from(value)).kind)).toEqual(garbage.map(() => 'invalid'))
})
