import type { AnyTopic } from '../topic.js'
import { isName } from '../handle-options.js'

/** Whether something is what `topic(...)` returns, with serdes that can do what is needed of them. */
export const isTopic = (topic: unknown, can: 'decode' | 'encode'): topic is AnyTopic =>
  typeof topic === 'object' &&
  topic !== null &&
  'name' in topic &&
  isName(topic.name) &&
  'key' in topic &&
  isSerde(topic.key, can) &&
  'value' in topic &&
  isSerde(topic.value, can)

const isSerde = (serde: unknown, can: 'decode' | 'encode'): boolean =>
  typeof serde === 'object' && serde !== null && typeof Reflect.get(serde, can) === 'function'
