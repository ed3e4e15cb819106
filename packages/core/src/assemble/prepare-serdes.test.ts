import { describe, expect, it } from 'vitest'
import { buildPlan } from '../declare/build-plan.js'
import { defineConsumer, handle } from '../declare/define-consumer.js'
import type { Serde } from '../declare/serde.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
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
    const { signal } = new AbortController()
    await expect(prepareSerdes(plan, { env: {}, logger, signal })).rejects.toThrow('one')
    expect(logged).toMatchObject([{ err: { message: 'two' } }])
    expect(prepared).toEqual(['t2'])
  })

  it('has nothing to do for plain serdes', async () => {
    await prepareSerdes(planOf(utf8), { env: {}, logger: silentLogger, signal: new AbortController().signal })
  })
})
