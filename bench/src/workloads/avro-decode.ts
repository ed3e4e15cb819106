import { startSchemaRegistry } from '@millrace/schema-registry/dev'
import { avro, createSchemaRegistry } from '@millrace/schema-registry'
import avsc from 'avsc'
import { timed } from '../harness/timed.js'
import type { Contest, Side, Workload } from '../harness/workload.js'

const records = 20_000
const rounds = 5
/** Decodes of everything before the clock of the first run starts. */
const warmUps = 5

const schema = {
  type: 'record',
  name: 'Order',
  namespace: 'bench',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'customerId', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'placedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['PLACED', 'PAID', 'SHIPPED'] } },
    { name: 'note', type: ['null', 'string'], default: null },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Line',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'quantity', type: 'int' },
          ],
        },
      },
    },
  ],
} as const

const statuses = ['PLACED', 'PAID', 'SHIPPED'] as const

const orderOf = (index: number) => ({
  orderId: `order-${index}`,
  customerId: `customer-${index % 1_000}`,
  amount: index * 3.5,
  placedAt: 1_700_000_000_000 + index * 3,
  status: statuses[index % 3] ?? 'PLACED',
  note: index % 4 === 0 ? `left at door ${index}` : null,
  lines: Array.from({ length: 1 + (index % 3) }, (_, line) => ({
    sku: `sku-${line}-${index % 97}`,
    quantity: line + 1,
  })),
})

interface Order {
  readonly orderId: string
  readonly amount: number
  readonly note: string | null
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

const fold = (sum: number, { orderId, amount, note, lines }: Order): number =>
  (Math.imul(sum, 31) + orderId.length + amount + (note?.length ?? 0) + (lines.at(-1)?.quantity ?? 0)) >>> 0

function work(decode: (index: number) => Order) {
  let sum = 0
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < records; index += 1) sum = fold(sum, decode(index))
  }
  return { records: rounds * records, checksum: sum.toString(16) }
}

const side = (name: string, decode: (index: number) => Order): Side => {
  let isWarm = false
  return {
    name,
    settings: {},
    async run() {
      for (let round = 0; !isWarm && round < warmUps; round += 1) work(decode)
      isWarm = true
      const { cpuSeconds, ...timing } = await timed(() => work(decode))
      return { ...timing, cpuSeconds, seconds: cpuSeconds }
    },
  }
}

async function open(): Promise<Contest> {
  await using dev = await startSchemaRegistry()
  const serde = avro(schema, { registry: createSchemaRegistry({ url: dev.url }), register: 'start' })
  const context = { topic: 'orders', part: 'value' } as const
  const framed = await Promise.all(Array.from({ length: records }, async (_, at) => serde.encode(orderOf(at), context)))
  const payloads = framed.map((bytes) => bytes.subarray(5))
  const type = avsc.Type.forSchema(JSON.parse(JSON.stringify(schema)))
  const [first = Buffer.alloc(0)] = framed
  await serde.decode(first, context)

  const ours = (index: number): Order => {
    const decoded = serde.decode(framed[index] ?? first, context)
    if (decoded instanceof Promise) throw new Error('a promise for a schema that is known')
    return decoded
  }
  const bare = (index: number): Order => type.fromBuffer(payloads[index] ?? first) as Order
  const bytes = payloads.reduce((sum, { length }) => sum + length, 0)
  return {
    ours: side('millrace avro() decode', ours),
    baseline: side('avsc Type.fromBuffer', bare),
    expected: work((index) => orderOf(index)),
    settings: { records, rounds, bytesPerRecord: Math.round(bytes / records), warmUps },
  }
}

export const workload: Workload = {
  kind: 'paired',
  title:
    'avro-decode: processor time of one value, from framed bytes to an object, against bare avsc on the same payload',
  bottleneck: 'processor time',
  metric: 'cost',
  target: { kind: 'at-most', ratio: 1.1 },
  pairs: 15,
  open,
}
