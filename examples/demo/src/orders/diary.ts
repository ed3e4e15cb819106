import { type Place, placeOf } from '../stage/place.js'
import { type LogLine, textOf } from '../stage/log-book.js'

export interface BilledOrder {
  readonly place: Place
  readonly partition: number
  readonly offset: bigint
}

/** What the workers logged about records, over all of their lives. */
export interface Diary {
  /** In the order of the log; a record that was handled twice is here twice. */
  readonly billed: readonly BilledOrder[]
  /** Records of which at least one attempt failed and was repeated. */
  readonly retried: ReadonlySet<Place>
  add(line: LogLine): void
}

export function createDiary(topic: string): Diary {
  const billed: BilledOrder[] = []
  const retried = new Set<Place>()
  return {
    billed,
    retried,
    add({ msg, fields }) {
      if (fields['topic'] !== topic || fields['offset'] === undefined) return
      const [partition, offset] = [Number(fields['partition']), BigInt(textOf(fields, 'offset'))]
      const place = placeOf(partition, offset)
      if (msg === 'order billed') billed.push({ place, partition, offset })
      if (fields['event'] === 'record.retrying') retried.add(place)
    },
  }
}
