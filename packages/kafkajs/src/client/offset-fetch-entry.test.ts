import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { encodeOffsetFetch } from '../wire/offset-fetch-request.js'
import { type KafkajsEntry, offsetFetchEntry } from './offset-fetch-entry.js'

const load = createRequire(import.meta.url)
const kafkajs: KafkajsEntry = load('kafkajs/src/protocol/requests/offsetFetch/index.js')
const entry = offsetFetchEntry(kafkajs)

const question = {
  group: 'billing',
  partitions: [
    { topic: 'orders', partition: 3 },
    { topic: 'bills', partition: 0 },
    { topic: 'orders', partition: 4 },
  ],
  requireStable: true,
}
const make: (version: number) => ReturnType<ReturnType<KafkajsEntry['protocol']>> = (version) =>
  entry.protocol({ version })(question as never)

const text = (value: string): string => value.length.toString(16).padStart(4, '0') + Buffer.from(value).toString('hex')
const partition = (number: string, offset: string, error: string): string => [number, offset, 'ffff', error].join('')
/** Kafka's layout before the compact fields. */
const responses = [
  ...['00000002', text('orders'), '00000002'],
  partition('00000003', '000000000000000f', '0000'),
  partition('00000004', 'ffffffffffffffff', '0003'),
  ...[text('bills'), '00000001', partition('00000000', '0020000000000001', '0000')],
].join('')
const found = [
  { topic: 'orders', partition: 3, errorCode: 0, offset: 15n },
  { topic: 'orders', partition: 4, errorCode: 3, offset: -1n },
  { topic: 'bills', partition: 0, errorCode: 0, offset: 0x20_0000_0000_0001n },
]

it('asks a broker of today for stable offsets, in version 7', async () => {
  expect(Math.max(...entry.versions.map(Number))).toBe(7)
  const { request, response } = make(7)
  expect(request).toMatchObject({ apiKey: 9, apiVersion: 7, apiName: 'OffsetFetch' })
  expect((await request.encode()).buffer).toEqual(encodeOffsetFetch(question))
  const empty = Buffer.from('000000000001001000', 'hex')
  expect(await response.decode(empty)).toEqual({ errorCode: 16, partitions: [] })
})

it.each([
  [6, 4, `00000000${responses}0000`],
  [5, 4, `00000000${responses}0000`],
  [4, 4, `00000000${responses}0000`],
  [3, 3, `00000000${responses}0000`],
  [2, 2, `${responses}0000`],
  [1, 1, responses],
])(
  'asks a broker that speaks up to version %i in version %i of kafkajs, with the same answer',
  async (speaks, asked, bytes) => {
    const { request, response } = make(speaks)
    expect(request.apiVersion).toBe(asked)
    const answer = await response.decode(Buffer.from(bytes, 'hex'))
    expect(answer).toEqual({ errorCode: 0, partitions: found })
    expect(await response.parse(answer as never)).toBe(answer) // errors are data
    const body = [
      ...['0007', Buffer.from('billing').toString('hex')],
      '00000002',
      text('orders'),
      '00000002',
      '00000003',
    ]
    expect((await request.encode()).buffer.toString('hex')).toContain(body.join(''))
  },
)

it('reads the error of a group from an old answer', async () => {
  const bytes = Buffer.from('00000000000000000010', 'hex')
  expect(await make(4).response.decode(bytes)).toEqual({ errorCode: 16, partitions: [] })
})
