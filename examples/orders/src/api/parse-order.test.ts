import { describe, expect, it } from 'vitest'
import { parseOrder } from './parse-order.js'

const order = { orderId: 'ORD-000001', customerId: 'C-1', amount: 12.5, timestampUtc: '2026-01-01T00:00:00Z' }
const parse = (body: unknown) => parseOrder(Buffer.from(JSON.stringify(body)))

describe('parseOrder', () => {
  it.each([
    ['our own names', order],
    ['the names of a .NET client', rename((name) => name.charAt(0).toUpperCase() + name.slice(1))],
    ['any case', rename((name) => name.toUpperCase())],
    ['fields that are not ours, which are left out', { ...order, extra: 1, __proto__: { admin: true } }],
  ])('reads %s', (_case, body) => {
    expect(parse(body)).toEqual({ kind: 'order', order })
  })

  it.each([
    ['DateTime.UtcNow', '2026-01-01T12:00:00.1234567Z'],
    ['DateTimeOffset', '2026-01-01T12:00:00.1234567+02:00'],
    ['a DateTime of unspecified kind', '2026-01-01T12:00:00'],
  ])('takes the timestamp of .NET: %s', (_kind, timestampUtc) => {
    expect(parse({ ...order, timestampUtc })).toMatchObject({ kind: 'order', order: { timestampUtc } })
  })

  it('prefers the exact name, then the last spelling', () => {
    expect(parse({ ORDERID: 'a', orderId: 'exact', OrderId: 'b' }).kind).toBe('invalid')
    expect(parse({ ...order, OrderId: 'other' })).toMatchObject({ order: { orderId: 'ORD-000001' } })
    const { orderId: _left, ...rest } = order
    expect(parse({ ...rest, OrderId: 'first', ORDERID: 'last' })).toMatchObject({ order: { orderId: 'last' } })
  })

  it('names every wrong field', () => {
    const result = parse({ orderId: '', customerId: 7, amount: -1, timestampUtc: 'yesterday' })
    expect(result.kind === 'invalid' && result.errors.map(({ field }) => field)).toEqual(Object.keys(order))
  })

  it.each([['amount'], ['orderId'], ['customerId'], ['timestampUtc']])('needs %s', (field) => {
    const result = parse({ ...order, [field]: undefined })
    expect(result).toMatchObject({ kind: 'invalid', errors: [{ field, message: expect.any(String) }] })
  })

  it.each([
    ['no JSON', Buffer.from('{"orderId":')],
    ['nothing', Buffer.alloc(0)],
    ['invalid UTF-8', Buffer.of(0x22, 0xff, 0x22)],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['a text', Buffer.from('"order"')],
  ])('refuses %s', (_case, body) => {
    expect(parseOrder(body)).toEqual({
      kind: 'invalid',
      errors: [{ field: '(body)', message: 'must be a JSON object' }],
    })
  })
})

function rename(change: (name: string) => string): object {
  return Object.fromEntries(Object.entries(order).map(([name, value]) => [change(name), value]))
}
