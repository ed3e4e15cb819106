import { describe, expect, it } from 'vitest'
import { buildPlan } from '../declare/build-plan.js'
import { defineConsumer, handle } from '../declare/define-consumer.js'
import type { Serde } from '../declare/serde.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { systemClock } from '../observe/clock.js'
import { silentLogger } from '../observe/logger.js'
import { prepareSerdes } from './prepare-serdes.js'

const serde = (prepare: Serde<string>['prepare']): Serde<string> => ({ ...utf8, ...(prepare && { prepare }) })
const planOf = (...values: Serde<string>[]) =>
  buildPlan([
    defineConsumer({
      group: 'billing',
      handlers: values.map((value, at) =>
        handle(topic(`t${at}`, { key: utf8, value }), { deadLetter: true }, () => undefined),
      ),
    }),
  ])

const around = (signal = new AbortController().signal) => ({
  ...{ env: {}, logger: silentLogger, clock: systemClock, limitMs: 60_000, signal },
})

describe('preparing the serdes of a worker', () => {
  it('tries all of them, throws the first failure and logs the others', async () => {
    const logged: unknown[] = []
    const prepared: string[] = []
    const logger = { ...silentLogger, error: (fields: object) => logged.push(fields) }
    const plan = planOf(
      serde(async () => {
        throw new Error('one')
      }),
      serde(async () => {
        throw new Error('two')
      }),
      serde(async ({ topic: name }) => void prepared.push(name)),
    )
    await expect(prepareSerdes(plan, { ...around(), logger })).rejects.toThrow('one')
    expect(logged).toMatchObject([{ err: { message: 'two' } }])
    expect(prepared).toEqual(['t2'])
  })

  it('has nothing to do for plain serdes', async () => {
    await prepareSerdes(planOf(utf8), around())
  })

  it('ends with the signal, and with its limit, whatever a serde waits for', async () => {
    const plan = planOf(serde(() => new Promise(() => undefined)))
    const stop = new AbortController()
    const prepared = prepareSerdes(plan, around(stop.signal))
    stop.abort(new Error('stopping'))
    await expect(prepared).rejects.toThrow('stopping')
    await expect(prepareSerdes(plan, { ...around(), limitMs: 1 })).rejects.toMatchObject({
      code: 'MILLRACE_CLOSE_TIMED_OUT',
    })
  })
})
