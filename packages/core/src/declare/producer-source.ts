import type { ProducerOptionsInput } from '../options-input.js'
import type { Producer } from '../produce/producer.js'
import type { AnyTopic } from './topic.js'

/** Producers that belong to a worker: opened at their first record, flushed and closed when it has drained. */
export interface ProducerSource {
  /**
   * The producer of a topic under the name that it has in this worker. Those with the same options share connections and buffer.
   * @throws MillraceError `MILLRACE_OPTIONS_INVALID`
   */
  producerOf<T extends AnyTopic>(topic: T, options?: ProducerOptionsInput): Producer<T>
}
