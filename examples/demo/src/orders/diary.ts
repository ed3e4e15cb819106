import { type Place, placeOf } from '../stage/place.js'
import { type LogLine, textOf } from '../stage/log-book.js'

export interface BilledOrder {
  readonly place: Place
  readonly partition: number
  readonly offset: bigint
}

/** What the workers said of records, over all of their lives: in their logs, and of attempts in their traces, since a log samples failures. */
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
      if (msg === 'order billed' && fields['topic'] === topic) {
        const [partition, offset] = [Number(fields['partition']), BigInt(textOf(fields, 'offset'))]
        billed.push({ place: placeOf(partition, offset), partition, offset })
      }
      if (msg !== 'span' || fields['name'] !== `process ${topic}`) return
      const attributes: LogLine['fields'] = Object(fields['attributes'])
      const place = placeOf(
        Number(attributes['messaging.destination.partition.id']),
        BigInt(textOf(attributes, 'kafka.offset')),
      )
      if (Number(attributes['millrace.attempt']) > 1) retried.add(place)
    },
  }
}
