import { createKafkaHarness } from '@millrace/testing/conformance'
import { describeDriverConformance } from '@millrace/testing/conformance/vitest'
import { describeWithBroker } from '@millrace/testing/vitest'
import { createKafkajsDriver } from './kafkajs-driver.js'

describeWithBroker('the rules of the port on a broker', (broker) => {
  /** A broker that the test kit started takes short sessions, and a real one may be told to compact more often. */
  const isOurs = broker.kind !== 'external'
  describeDriverConformance('the kafkajs driver', () =>
    createKafkaHarness({
      broker,
      createDriver: () => createKafkajsDriver({ brokers: broker.bootstrap }),
      createUnreachableDriver: () => createKafkajsDriver({ brokers: ['127.0.0.1:1'], connectLimitMs: 500 }),
      limits: isOurs ? { sessionTimeoutMs: 1000 } : {},
      mayAlterBrokers: isOurs && !broker.lacks('compaction'),
    }),
  )
})
