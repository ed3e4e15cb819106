import { silentLogger } from '@millrace/core'
import { createOpenClient } from '../../client/open-client.js'
import { guards } from '../../guards/guards.js'
import type { FetchedPartition } from '../decode-fetch-response.js'
import { fetchFromBroker } from '../fetch-from-broker.js'

export interface LogReader {
  /** The answer for partition 0 from one offset on, records still as the broker sent them. */
  fetch(topic: string, fetchOffset: bigint): Promise<FetchedPartition>
  close(): Promise<void>
}

/** Fetches without a group, as a `read_committed` reader. */
export function openLogReader(brokers: readonly string[]): LogReader {
  const connection = { brokers, clientId: 'log-reader', connectionTimeoutMs: 10_000, requestTimeoutMs: 30_000 }
  const { cluster, close } = createOpenClient({ ...connection, log: silentLogger }, guards)()
  return {
    close,
    async fetch(topic, fetchOffset) {
      await cluster.connect()
      await cluster.addMultipleTargetTopics([topic])
      const known = cluster.brokerPool.metadata?.topicMetadata.find((one) => one.topic === topic)
      const nodeId = known?.partitionMetadata[0]?.leader
      if (nodeId === undefined) throw new Error(`no leader for ${topic}`)
      const partitions = [{ partition: 0, fetchOffset, maxBytes: 4_000_000 }]
      const request = { maxWaitMs: 1_000, minBytes: 1, maxBytes: 4_000_000, topics: [{ topic, partitions }] }
      const [answer] = (await fetchFromBroker(await cluster.findBroker({ nodeId }), request)).partitions
      if (answer === undefined || answer.errorCode !== 0) throw new Error(`error ${answer?.errorCode} for ${topic}`)
      return answer
    },
  }
}
