import { expect, it } from 'vitest'
import { KafkaFault } from '../client/kafka-fault.js'
import { WireFault } from '../wire/wire-fault.js'
import { reasonOf } from './partition-fault.js'

it.each<[string, Error, RegExp]>([
  ['a missing permission', new KafkaFault(29, 'fetching orders/0'), /TOPIC_AUTHORIZATION_FAILED: .*needs READ/],
  ['a deleted topic', new KafkaFault(3, 'fetching orders/0'), /UNKNOWN_TOPIC_OR_PARTITION: .*exists again/],
  ['no leader', new KafkaFault(5, 'orders/0'), /LEADER_NOT_AVAILABLE: .*start the brokers/],
  ['a code without advice', new KafkaFault(6, 'fetching orders/0'), /^fetching orders\/0: NOT_LEADER[A-Z_]*$/],
  ['changed bytes', new WireFault('checksum', 'CRC-32C differs'), /offset 7 .*CRC-32C differs: .*committed offset/],
  ['an unknown codec', new WireFault('unsupported-codec', 'codec 6'), /codec 6: write it again with gzip/],
  ['anything else', new Error('the wire is cut'), /^the wire is cut$/],
])('says what is wrong and what would help: %s', (_what, cause, reason) => {
  expect(reasonOf(cause, 7n)).toMatch(reason)
})
