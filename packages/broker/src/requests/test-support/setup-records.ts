import { createVirtualClock } from '../../clock/virtual-clock.js'
import { errorCode } from '../../protocol/error-codes.js'
import { type LogSetup, setupLog } from '../../log/test-support/setup-log.js'
import { type Answer, Parked, type RequestContext } from '../answer.js'
import type { PartitionLookup } from '../partition-lookup.js'

/** Topic `orders` with partitions 0 and 1, topic `payments` with partition 0, and a clock at 10 seconds. */
export function setupRecords(o: LogSetup = {}) {
  const clock = createVirtualClock({ startMs: 10_000 })
  const places: [topic: string, partition: number][] = [
    ['orders', 0],
    ['orders', 1],
    ['payments', 0],
  ]
  const setups = new Map(
    places.map(([topic, partition]) => [`${topic}/${partition}`, setupLog({ ...o, topic, partition })]),
  )
  const topics: PartitionLookup = { partition: (topic, index) => setups.get(`${topic}/${index}`) }
  const at = (topic: string, partition: number) => {
    const setup = setups.get(`${topic}/${partition}`)
    if (setup === undefined) throw new Error(`there is no ${topic}/${partition}`)
    return setup
  }
  const remove = (topic: string, partition: number): void => {
    const setup = at(topic, partition)
    setups.delete(`${topic}/${partition}`)
    setup.log.close()
  }
  const verified: unknown[] = []
  const verdict: { code: number } = { code: errorCode.NONE }
  const transactions = {
    verifyWrite(...asked: unknown[]): number {
      verified.push(asked)
      return verdict.code
    },
  }
  return { clock, topics, at, remove, transactions, verified, verdict }
}

export const inVersion = (apiVersion: number): RequestContext => ({
  apiVersion,
  clientId: 'test',
  clientHost: '/127.0.0.1',
})

export interface Outcome<Body> {
  /** Undefined while it waits. */
  body: Body | undefined
  parked: Parked<Body> | undefined
}

/** An answer as a connection sees it. */
export function outcomeOf<Body extends object>(answer: Answer<Body>): Outcome<Body> {
  if (typeof answer === 'symbol') throw new Error(`no answer: ${answer.description}`)
  if (!(answer instanceof Parked)) return { body: answer, parked: undefined }
  const outcome: Outcome<Body> = { body: undefined, parked: answer }
  answer.deliverTo((body) => {
    outcome.body = body
  })
  return outcome
}
