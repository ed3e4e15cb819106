import { asText, bad, type BadInput } from './bad-input.js'

/** Topic names that Kafka refuses. */
export const illegalTopicNames: readonly BadInput<string>[] = [
  ...asText(['', '.', '..', 'with space', 'line\nbreak', 'nul\0', 'ünicode', '订单', 'a/b', 'a,b', 'a:b', 'a*']),
  bad('250 characters', () => 'a'.repeat(250)),
]

/** Topic names that Kafka takes, and that break what is derived from them carelessly. */
export const oddTopicNames: readonly BadInput<string>[] = [
  ...asText(['a', '...', '-', '_', '__proto__', 'constructor', 'orders.v1.billing.dlq']),
  bad('249 characters', () => 'a'.repeat(249)),
]

/** Different topics whose metrics collide, because Kafka's metric names turn dots into underscores. */
export const collidingTopicNames: readonly (readonly [string, string])[] = [
  ['orders.v1', 'orders_v1'],
  ['a.b_c', 'a_b.c'],
]

/** Group names: Kafka takes any string but the empty one. */
export const oddGroupNames: readonly BadInput<string>[] = asText([
  ...['with space', ' leading', 'line\nbreak', 'ünicode', '🙂', '__proto__', '.', '..', 'a/b'],
])

/** Two groups and a topic that lead to the same derived name where parts are only joined by dots. */
export const collidingDerivations: readonly { readonly topic: string; readonly group: string }[] = [
  { topic: 'orders.eu', group: 'billing' },
  { topic: 'orders', group: 'eu.billing' },
]
