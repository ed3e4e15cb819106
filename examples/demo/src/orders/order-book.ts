import type { FixtureRecord } from '@millrace/testing'

/** What one order is there to show. */
export type Fate = 'fine' | 'fails once' | 'always fails'

export interface PlannedOrder {
  readonly fate: Fate
  /** PascalCase, as a .NET client writes it: the API takes it as it is. */
  readonly body: {
    readonly OrderId: string
    readonly CustomerId: string
    readonly Amount: number
    readonly TimestampUtc: string
  }
}

const customerPrefixes: Readonly<Record<Fate, string>> = {
  fine: 'customer-',
  'fails once': 'flaky-',
  'always fails': 'broke-',
}

/** The orders of the demo, the same in every run: of 200, 10 fail once and 8 always. */
export const planOrders = (count: number): readonly PlannedOrder[] =>
  Array.from({ length: count }, (_, index) => {
    const fate = fateOf(index)
    const TimestampUtc = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
    const OrderId = `ORD-${String(index + 1).padStart(6, '0')}`
    return {
      fate,
      body: { OrderId, CustomerId: `${customerPrefixes[fate]}${index % 40}`, Amount: 10 + (index % 90), TimestampUtc },
    }
  })

function fateOf(index: number): Fate {
  if (index % 20 === 7) return 'fails once'
  return index % 25 === 13 ? 'always fails' : 'fine'
}

/** Records that no API would let through: somebody else writes to the topic too. */
export const garbage: readonly (string | Uint8Array)[] = [
  Uint8Array.of(0xff, 0xfe, 0x00, 0x80),
  '{"orderId": "ORD-',
  // In the format of the registry, with the id of a schema that nobody has registered.
  Uint8Array.of(0x00, 0x00, 0x00, 0x27, 0x0f, 0x02),
  '',
  '{"orderId":"ORD-X","customerId":"customer-1","amount":-5,"timestampUtc":"2026-01-01T00:00:00Z"}',
]

/**
 * One record as an attacker writes it. Its key and its headers are named like what every JavaScript object inherits, a
 * name stands twice with others between, values are null, empty and binary, two headers pretend that it is a dead letter
 * already, and the value opens 5,000 brackets that it never closes.
 */
export const hostile: FixtureRecord = {
  partition: 0,
  key: '__proto__',
  value: '{"orderId":'.repeat(5000),
  headers: [
    ['__proto__', 'polluted'],
    ['constructor', null],
    ['__proto__', ''],
    ['toString', Uint8Array.of(0xff, 0xfe, 0x00)],
    ['source-topic', 'somewhere-else'],
    ['source-offset', '-1'],
    ['', 'a header without a name'],
  ],
}
