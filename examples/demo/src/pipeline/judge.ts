import {
  checkDeadLetters,
  checkOutputs,
  checkSameView,
  checkTransactionsFinished,
  type ExpectedOutput,
  type ProbeRecord,
} from '@millrace/testing'
import { placeOf, sourceOf } from '../stage/place.js'
import type { Ending } from '../stage/services.js'
import { conservation, endingVerdicts, faultless, lagVerdict, type Verdict, verdict } from '../stage/verdict.js'
import { type PipelineEvidence, type PipelineTopics, sinkNames } from './evidence.js'
import type { StreamedOrder } from './order-stream.js'

/** What went in, and what was seen of what came out. */
export interface PipelineRun {
  readonly topics: PipelineTopics
  readonly sent: readonly StreamedOrder[]
  readonly evidence: PipelineEvidence
  /** What examples/pipeline's own reader found. */
  readonly books: { readonly complete: number; readonly open: number; readonly wrong: number }
  /** Records of the transaction that the killed worker had open. */
  readonly held: number
  /** The sum over all workers that were not killed of what was received and not accounted for. */
  readonly unaccounted: number
  /** How the services ended that were not killed. */
  readonly endings: readonly Ending[]
}

/** Compares what is there with what has to be there, record by record: a loss and a duplicate do not cancel out. */
export function judgePipeline(run: PipelineRun): readonly Verdict[] {
  const { evidence, sent, books } = run
  const good = sent.filter(({ invoice }) => invoice !== undefined)
  const entries = good.flatMap((order) => order.entries)
  const { invoices, ledger } = evidence.committed
  const unfinished = checkTransactionsFinished(evidence.ends, evidence.transactions)
  return [
    verdict('orders', evidence.orders.length, `${sent.length - good.length} of them poison`, [
      [evidence.orders.length !== sent.length, `${sent.length} were sent`],
    ]),
    verdict('invoices', invoices.length, 'one for each order, in the order of its customer', [
      faultless(checkOutputs(good.flatMap(expectedInvoice), invoices, 'invoices')),
    ]),
    verdict('ledger', ledger.length, `entries: ${entries.length} were due, each is there once and in its order`, [
      faultless(checkOutputs(good.flatMap(expectedEntries), ledger, 'ledger')),
    ]),
    deadLetters(run),
    besides(run),
    verdict('books', books.complete, 'orders, as the reader of examples/pipeline saw them during the kill', [
      [books.complete !== good.length, `${good.length} should be complete`],
      [books.open + books.wrong > 0, `${books.open} are not, ${books.wrong} can not become so`],
    ]),
    aborted(run),
    verdict(
      'open',
      unfinished.length,
      `transactions: all ${evidence.transactions.length} producers have ended theirs`,
      [faultless(unfinished), [evidence.transactions.length === 0, 'there should be some']],
    ),
    lagVerdict(evidence.lags),
    conservation(run.unaccounted),
    ...endingVerdicts(run.endings),
  ]
}

const expectedInvoice = ({ record: { key }, invoice }: StreamedOrder): readonly ExpectedOutput[] => [
  { key, value: JSON.stringify(invoice), lanes: [key] },
]
const expectedEntries = ({ record: { key }, entries }: StreamedOrder): readonly ExpectedOutput[] =>
  entries.map((entry) => ({ key, value: JSON.stringify(entry), lanes: [key] }))

/** Exactly the poison ones, each once, as they were. */
function deadLetters({ evidence, sent, topics }: PipelineRun): Verdict {
  const letters = evidence.committed.deadLetters
  const bytesOf = (key: Uint8Array | string | null, value: Uint8Array | string | null): string =>
    [key, value].map((part) => (part === null ? 'null' : Buffer.from(part).toString('hex'))).join(':')
  const poison = new Set(
    sent.flatMap(({ record, invoice }) => (invoice === undefined ? [bytesOf(record.key, record.value)] : [])),
  )
  const expected = new Set(
    evidence.orders
      .filter(({ key, value }) => poison.has(bytesOf(key, value)))
      .map(({ partition, offset }) => placeOf(partition, offset)),
  )
  const sources = letters.map(sourceOf)
  const originals = evidence.orders.map((record) => ({ ...record, topic: topics.orders }))
  const missing = [...expected].filter((place) => !sources.includes(place))
  const strange = sources.filter((place) => !expected.has(place))
  const twice = sources.filter((place, index) => sources.indexOf(place) !== index)
  return verdict('dead letters', letters.length, 'exactly the poison ones, byte for byte, in the same transactions', [
    [missing.length > 0, `missing: ${missing.join(' ')}`],
    [strange.length > 0, `not poison: ${strange.join(' ')}`],
    [twice.length > 0, `twice: ${twice.join(' ')}`],
    faultless(checkDeadLetters(originals, letters)),
  ])
}

/** A reader that was there during the kill saw neither more nor less, and nothing that was taken back. */
function besides({ evidence, topics }: PipelineRun): Verdict {
  const given = sinkNames.flatMap((sink) => evidence.beside[sink])
  const faults = sinkNames.flatMap((sink) =>
    checkSameView(evidence.committed[sink], evidence.beside[sink], topics[sink]),
  )
  return verdict('seen beside', given.length, 'records by a read_committed reader during the kill: the same', [
    faultless(faults),
  ])
}

/** The contrast: what somebody sees who does not read `read_committed`. */
function aborted({ evidence, topics, held }: PipelineRun): Verdict {
  const placesIn = (records: readonly ProbeRecord[]): ReadonlySet<string> =>
    new Set(records.map(({ partition, offset }) => placeOf(partition, offset)))
  const more = sinkNames
    .map((sink) => evidence.uncommitted[sink].length - evidence.committed[sink].length)
    .reduce((sum, one) => sum + one, 0)
  const hidden = sinkNames.flatMap((sink) => {
    const all = placesIn(evidence.uncommitted[sink])
    return [...placesIn(evidence.committed[sink])]
      .filter((place) => !all.has(place))
      .map((place) => topics[sink] + place)
  })
  const note = `more for a reader that is not read_committed, ${held} of the killed transaction`
  return verdict('aborted', more, note, [
    [hidden.length > 0, `only a read_committed reader sees ${hidden.join(' ')}`],
    [more < held, `${held} were sent and not committed: some of them have become visible`],
  ])
}
