import { timed } from '../harness/timed.js'
import type { Contest, Run, Side, Workload } from '../harness/workload.js'
import { foldHeader, foldRecord } from './fold.js'
import { type BenchRecord, encodeAnswer, openKafkajsDecoder } from './kafkajs-decoder.js'
import { openOurDecoder } from './our-decoder.js'

/** Decodes the answer of one partition once, and folds all of its records into the sum. */
export type DecodeAnswer = (sum: number) => Promise<{ readonly sum: number; readonly records: number }>

export interface Shape {
  readonly headers: number
  readonly compression: 'none' | 'gzip'
}

const batches = 16
const batchRecords = 250
const valueBytes = 256
const answers = 50
const records = answers * batches * batchRecords
/** Runs of the work before the clock starts: the compiler has seen everything then. */
const warmUps = 4

/** Text of equal length, different in each record, as a service would write it. */
function createRecords(batch: number, headers: number): BenchRecord[] {
  return Array.from({ length: batchRecords }, (_, index) => {
    const order = batch * batchRecords + index
    const text = JSON.stringify({ order, customer: Math.imul(order, 7_919) >>> 20, amount: order * 3.5, state: 'open' })
    return {
      key: Buffer.from(`customer-${order % 1_000}`),
      value: Buffer.from(text.repeat(5).slice(0, valueBytes)),
      timestamp: 1_700_000_000_000 + order * 3,
      headers: Array.from({ length: headers }, (_header, at) => [`header-${at}`, Buffer.from(`value of ${at}`)]),
    }
  })
}

async function run(decode: DecodeAnswer): Promise<Pick<Run, 'records' | 'checksum'>> {
  let sum = 0
  let seen = 0
  for (let answer = 0; answer < answers; answer += 1) {
    const decoded = await decode(sum)
    sum = decoded.sum
    seen += decoded.records
  }
  return { records: seen, checksum: sum.toString(16) }
}

const side = (name: string, decode: DecodeAnswer, settings: Side['settings']): Side => ({
  name,
  settings,
  async run() {
    for (let round = 0; round < warmUps; round += 1) await run(decode)
    const { cpuSeconds, ...timing } = await timed(() => run(decode))
    // kafkajs inflates on other threads: what counts is the work, wherever it is done and whatever else the machine does.
    return { ...timing, cpuSeconds, seconds: cpuSeconds }
  },
})

/** The bytes of one partition's fetch answer through both decoders: key, value and headers of every record are looked at. */
async function openDecode({ headers, compression }: Shape): Promise<Contest> {
  const prepared = Array.from({ length: batches }, (_, batch) => createRecords(batch, headers))
  const bytes = await encodeAnswer(prepared, compression)
  const ours = await openOurDecoder(bytes)
  const kafkajs = openKafkajsDecoder(bytes)
  let sum = 0
  for (let answer = 0; answer < answers; answer += 1)
    for (const { key, value, headers: pairs } of prepared.flat()) {
      sum = foldRecord(sum, key, value)
      for (const [name, content] of pairs) sum = foldHeader(sum, name.length, content)
    }
  return {
    ours: side('millrace decodePartition', ours, { crc: 'checked', isolation: 'read_committed' }),
    baseline: side('kafkajs 2.2.4 fetch decoder', kafkajs, { crc: 'not checked', isolation: 'not yet filtered' }),
    expected: { records, checksum: sum.toString(16) },
    settings: { batches, batchRecords, valueBytes, headers, compression, answerBytes: bytes.length, warmUps },
  }
}

export const decodeWorkload = (name: string, shape: Shape): Workload => ({
  kind: 'minimum',
  title: `decode-${name}: CPU time of a fetched record, from bytes to key, value and headers, against kafkajs's own decoder`,
  bottleneck: 'processor time, of all threads',
  metric: 'cost',
  target: { kind: 'at-most', ratio: 0.5 },
  pairs: 12,
  open: () => openDecode(shape),
})
