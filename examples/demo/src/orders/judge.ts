import { checkDeadLetters } from '@millrace/testing'
import { headerOf, type Place } from '../stage/place.js'
import type { Ending } from '../stage/services.js'
import { conservation, endingVerdicts, lagVerdict, type Verdict, verdict } from '../stage/verdict.js'
import type { Diary } from './diary.js'
import type { Evidence } from './evidence.js'
import type { Fate } from './order-book.js'

/** What should be in the topic, and what was seen of it. */
export interface Run {
  readonly evidence: Evidence
  readonly diary: Diary
  /** The fate of each order by its id. What is not in it, nobody ordered. */
  readonly fates: ReadonlyMap<string, Fate>
  readonly garbage: number
  /** Records made to break whoever reads them. */
  readonly hostile: number
  readonly topic: string
  /** Committed offsets of the worker that was killed, right after its end. */
  readonly committedAtKill: ReadonlyMap<number, bigint>
  /** How the services ended that were not killed. */
  readonly endings: readonly Ending[]
  /** The sum over all handlers of what was received and not accounted for. */
  readonly unaccounted: number
}

/** Compares sets, not counts: one loss and one duplicate would cancel out in a count. */
export function judge(run: Run): readonly Verdict[] {
  const { evidence, diary, fates } = run
  const fateAt = (place: Place): Fate | 'garbage' => {
    const record = evidence.records.get(place)
    return fates.get(record?.key?.toString() ?? '') ?? 'garbage'
  }
  const sent = [...evidence.records.keys()]
  const mustDie = new Set(sent.filter((place) => ['always fails', 'garbage'].includes(fateAt(place))))
  const billed = new Set(diary.billed.map(({ place }) => place))
  const dead = new Set(evidence.deadLetters.map(({ source }) => source))

  const lost = sent.filter((place) => !billed.has(place) && !dead.has(place))
  const wronglyDead = [...dead].filter((place) => !mustDie.has(place))
  const wronglyBilled = [...billed].filter((place) => mustDie.has(place) || !evidence.records.has(place))
  const flaky = sent.filter((place) => fateAt(place) === 'fails once')
  const notRetried = flaky.filter((place) => !diary.retried.has(place) || !billed.has(place))
  const nameless = evidence.deadLetters.filter(({ record }) => headerOf(record, 'error') === undefined)
  const expected = fates.size + run.garbage + run.hostile
  const again = repeated(run)

  return [
    verdict('sent', sent.length, `${fates.size} over HTTP, ${run.garbage} garbage, ${run.hostile} hostile`, [
      [sent.length !== expected, `${expected} records were expected in the topic`],
    ]),
    verdict('processed', billed.size, `${again.allowed.length} of them twice, after the kill`, [
      [lost.length > 0, `neither processed nor dead-lettered: ${lost.join(' ')}`],
      [wronglyBilled.length > 0, `processed, but should not have been: ${wronglyBilled.join(' ')}`],
      [again.refused.length > 0, `processed again though it was committed: ${again.refused.join(' ')}`],
    ]),
    verdict('retried', diary.retried.size, `${flaky.length} failed once and were processed then`, [
      [notRetried.length > 0, `these fail once and were not retried: ${notRetried.join(' ')}`],
    ]),
    verdict('dead-lettered', dead.size, `${evidence.deadLetters.length} dead letters, each says where it came from`, [
      [dead.size !== mustDie.size, `${mustDie.size} were expected`],
      [wronglyDead.length > 0, `should have been processed: ${wronglyDead.join(' ')}`],
      [nameless.length > 0, 'some dead letters have no error header'],
    ]),
    byteIdentical(run),
    lagVerdict(evidence.lags),
    conservation(run.unaccounted),
    ...endingVerdicts(run.endings),
  ]
}

function byteIdentical({ evidence, topic }: Run): Verdict {
  const originals = [...evidence.records.values()].map((record) => ({ ...record, topic }))
  const letters = evidence.deadLetters.map(({ record }) => record)
  const changed = checkDeadLetters(originals, letters).map(({ text }) => text)
  return verdict('byte-identical', letters.length, 'key, value and headers as they were, the hostile one too', [
    [changed.length > 0, changed.join('; ')],
  ])
}

/** A kill may repeat what was handled and not committed yet, and nothing else. */
function repeated({ diary, committedAtKill }: Run): {
  readonly allowed: readonly Place[]
  readonly refused: readonly Place[]
} {
  const firstRun = new Map(diary.billed.toReversed().map((one) => [one.place, one]))
  const twice = diary.billed.filter((one) => firstRun.get(one.place) !== one)
  const isCommitted = ({ partition, offset }: { readonly partition: number; readonly offset: bigint }): boolean =>
    offset < (committedAtKill.get(partition) ?? 0n)
  return {
    allowed: twice.filter((one) => !isCommitted(one)).map(({ place }) => place),
    refused: twice.filter(isCommitted).map(({ place }) => place),
  }
}
