import { setTimeout as delay } from 'node:timers/promises'
import { parseAddresses } from './external-broker.js'
import { createAnswerReader, type HostPort, int32, rawRequest, text } from './raw-request.js'
import { TestKitError } from './test-kit-error.js'

/** Leader by partition, null where there is none; empty for a topic that the node does not know. */
export type KnownLeaders = ReadonlyMap<number, number | null>

const betweenTriesMs = 20
const oneTryMs = 1000

/**
 * Resolves when each node that answers has heard of a change: the metadata of a cluster reaches its nodes one by one, and
 * a client may ask any of them. A node that does not answer has no say.
 */
export async function everyNodeKnows(
  addresses: readonly string[],
  topic: string,
  isKnown: (leaders: KnownLeaders) => boolean,
  {
    timeoutMs = 30_000,
    signal,
  }: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const limit = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  for (const address of parseAddresses(addresses.join())) {
    while (!(await knows(address, topic, isKnown, limit))) {
      signal?.throwIfAborted()
      if (deadline.aborted) {
        const node = `${address.host}:${address.port}`
        throw new TestKitError('MILLRACE_TEST_PROBE_FAILED', `${node} has not heard of the change of "${topic}"`)
      }
      await delay(betweenTriesMs)
    }
  }
}

async function knows(
  address: HostPort,
  topic: string,
  isKnown: (leaders: KnownLeaders) => boolean,
  limit: AbortSignal,
): Promise<boolean> {
  let answer: Buffer
  try {
    const body = Buffer.concat([int32(1), text(topic)])
    const signal = AbortSignal.any([limit, AbortSignal.timeout(oneTryMs)])
    answer = await rawRequest(address, { apiKey: 3, apiVersion: 1, body }, signal)
  } catch {
    return !limit.aborted // it is down or frozen
  }
  return isKnown(leadersIn(answer))
}

/** Metadata answer, version 1, of one topic. */
function leadersIn(bytes: Buffer): KnownLeaders {
  const answer = createAnswerReader(bytes)
  const skipList = (skip: () => void) => {
    for (let left = answer.int32(); left > 0; left -= 1) skip()
  }
  skipList(() => {
    answer.int32() // node id
    answer.text() // host
    answer.int32() // port
    answer.text() // rack
  })
  answer.int32() // "controller"
  answer.int32() // one topic
  answer.int16() // its error: without partitions, it is not known
  answer.text()
  answer.int8() // internal
  const leaders = new Map<number, number | null>()
  skipList(() => {
    answer.int16() // of the partition: no leader, for example
    const partition = answer.int32()
    const leader = answer.int32()
    leaders.set(partition, leader < 0 ? null : leader)
    skipList(() => answer.int32()) // replicas
    skipList(() => answer.int32()) // in sync
  })
  return leaders
}
