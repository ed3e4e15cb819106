import { expect, test } from 'vitest'
import { kafkaVersion, wantedKafkaVersion } from './kafka-jars.js'

test.each([
  ['the usual one', {}, undefined, kafkaVersion],
  ['what the environment names', { MILLRACE_TEST_KAFKA_VERSION: '3.6.1' }, undefined, '3.6.1'],
  ['an empty variable is none', { MILLRACE_TEST_KAFKA_VERSION: '' }, undefined, kafkaVersion],
  ['an option over the environment', { MILLRACE_TEST_KAFKA_VERSION: '3.6.1' }, '3.9.2', '3.9.2'],
])('the version of Kafka: %s', (_what, env, asked, version) => {
  expect(asked === undefined ? wantedKafkaVersion(env) : wantedKafkaVersion(env, asked)).toBe(version)
})

test.each(['latest', '4.3', '4.3.1 -Dx=y', '../4.3.1'])('"%s" is refused before Maven sees it', (version) => {
  expect(() => wantedKafkaVersion({ MILLRACE_TEST_KAFKA_VERSION: version })).toThrow('is no version of Kafka')
})
