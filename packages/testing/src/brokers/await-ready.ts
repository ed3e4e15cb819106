import { setTimeout as delay } from 'node:timers/promises'
import { createAnswerReader, type HostPort, int32, int8, rawRequest, text } from './raw-request.js'
import { TestKitError } from './test-kit-error.js'

type Ask = (signal: AbortSignal) => Promise<void>

const betweenTriesMs = 25
const oneTryMs = 5000
const noTopics = int32(0)
const everything = int32(-1)
const warmUp = 'millrace-warm-up'

/**
 * Resolves when a first test would see nothing of the start: Metadata lists the brokers (all of `listed`, or any one), and the group and the transaction
 * coordinator have answered. A fresh broker answers Metadata first; its first FindCoordinator is COORDINATOR_NOT_AVAILABLE
 * until the internal topic exists, and its first InitProducerId COORDINATOR_LOAD_IN_PROGRESS.
 */
export async function awaitReady(
  address: HostPort,
  { timeoutMs, signal, listed }: { timeoutMs: number; signal?: AbortSignal | undefined; listed?: readonly HostPort[] },
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const limit = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  const steps: Ask[] = [
    (tryLimit) => askMetadata(address, listed, tryLimit),
    async (tryLimit) => askGroupCoordinator(await findCoordinator(address, 0, tryLimit), tryLimit),
    async (tryLimit) => askTransactionCoordinator(await findCoordinator(address, 1, tryLimit), tryLimit),
  ]
  for (const step of steps)
    await untilAnswered(step, limit, () => {
      signal?.throwIfAborted()
      return `${address.host}:${address.port} was not ready after ${timeoutMs / 1000} s`
    })
}

async function untilAnswered(ask: Ask, limit: AbortSignal, gaveUp: () => string): Promise<void> {
  for (;;) {
    try {
      return await ask(AbortSignal.any([limit, AbortSignal.timeout(oneTryMs)]))
    } catch (cause) {
      if (limit.aborted) throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', gaveUp(), { cause })
      // Not ready yet is what every failure means here; the last one becomes the cause when time is up.
      await delay(betweenTriesMs)
    }
  }
}

async function askMetadata(
  address: HostPort,
  listed: readonly HostPort[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  const answer = createAnswerReader(await rawRequest(address, { apiKey: 3, apiVersion: 1, body: noTopics }, signal))
  const brokers = Array.from({ length: answer.int32() }, () => {
    answer.int32() // node id
    const broker = { host: answer.text(), port: answer.int32() }
    answer.text() // rack
    return broker
  })
  const isThere = (wanted: HostPort) => brokers.some(({ host, port }) => host === wanted.host && port === wanted.port)
  if (brokers.length === 0 || listed?.every(isThere) === false)
    throw new Error('Metadata does not list the brokers yet')
}

async function findCoordinator(address: HostPort, keyType: 0 | 1, signal: AbortSignal): Promise<HostPort> {
  const body = Buffer.concat([text(warmUp), int8(keyType)])
  const answer = createAnswerReader(await rawRequest(address, { apiKey: 10, apiVersion: 1, body }, signal))
  answer.int32() // throttle time
  refuse('FindCoordinator', answer.int16())
  answer.text() // error message
  answer.int32() // node id
  return { host: answer.text() ?? address.host, port: answer.int32() }
}

/** OffsetFetch of a group that nobody uses: answered once the coordinator has loaded its partition. */
async function askGroupCoordinator(coordinator: HostPort, signal: AbortSignal): Promise<void> {
  const body = Buffer.concat([text(warmUp), everything])
  const answer = createAnswerReader(await rawRequest(coordinator, { apiKey: 9, apiVersion: 2, body }, signal))
  answer.int32() // no topics
  refuse('OffsetFetch', answer.int16())
}

async function askTransactionCoordinator(coordinator: HostPort, signal: AbortSignal): Promise<void> {
  const body = Buffer.concat([text(warmUp), int32(1000)])
  const answer = createAnswerReader(await rawRequest(coordinator, { apiKey: 22, apiVersion: 0, body }, signal))
  answer.int32() // throttle time
  refuse('InitProducerId', answer.int16())
}

function refuse(request: string, errorCode: number): void {
  if (errorCode !== 0) throw new Error(`${request} answered error ${errorCode}`)
}
