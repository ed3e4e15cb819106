import { fail } from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import { expect, it } from 'vitest'
import { createRefusalWatch } from './refusal-watch.js'

const closed = Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' })

it('takes a listener that closes every connection for one that speaks something else, but not before it has for a while', async () => {
  const clock = createManualClock()
  const { judge } = createRefusalWatch({ clock })
  for (let tries = 0; tries < 8; tries += 1) {
    expect(await judge(closed)).toBeUndefined()
    await clock.advance(1_800)
  }
  await clock.advance(1_800)
  expect(await judge(closed)).toMatchObject({ code: 'MILLRACE_DRIVER_UNAUTHORIZED' })
})

it('begins to count again when something else happened in between', async () => {
  const clock = createManualClock()
  const { judge } = createRefusalWatch({ clock })
  for (let tries = 0; tries < 4; tries += 1) await judge(closed)
  await clock.advance(15_000)
  await judge(new Error('connect ECONNREFUSED'))
  expect(await judge(closed)).toBeUndefined()
})

it('judges anew after it has given a refusal', async () => {
  const clock = createManualClock()
  const { judge } = createRefusalWatch({ clock })
  for (let tries = 0; tries < 3; tries += 1) await judge(closed)
  await clock.advance(15_000)
  expect(await judge(closed)).toBeDefined()
  expect(await judge(closed)).toBeUndefined()
})

it('forgets what was closed long ago', async () => {
  const clock = createManualClock()
  const { judge } = createRefusalWatch({ clock })
  for (let tries = 0; tries < 4; tries += 1) await judge(closed)
  await clock.advance(60_000)
  for (let tries = 0; tries < 4; tries += 1) expect(await judge(closed)).toBeUndefined()
  await clock.advance(15_000)
  expect(await judge(closed)).toBeDefined()
})

it('asks a listener that has closed two in a row what it speaks, and believes what it says at once', async () => {
  const asked: string[] = []
  const explainClosed = async (address: string) => {
    asked.push(address)
    return 'the listener speaks TLS'
  }
  const { judge } = createRefusalWatch({ clock: createManualClock(), explainClosed })
  const fault = { name: 'KafkaJSNumberOfRetriesExceeded', cause: Object.assign(closed, { broker: 'b:9093' }) }
  expect([await judge(fault), asked]).toEqual([undefined, []])
  await judge(new Error('connect ECONNREFUSED'))
  expect([await judge(fault), asked]).toEqual([undefined, []])
  expect(await judge(fault)).toMatchObject({
    code: 'MILLRACE_DRIVER_UNAUTHORIZED',
    message: expect.stringContaining('the listener speaks TLS'),
  })
  expect(asked).toEqual(['b:9093'])
})

it('waits for more where the listener does not say', async () => {
  const clock = createManualClock()
  const { judge } = createRefusalWatch({ clock, explainClosed: async () => undefined })
  for (let tries = 0; tries < 4; tries += 1) expect(await judge(closed)).toBeUndefined()
  await clock.advance(15_000)
  expect(await judge(closed)).toMatchObject({ message: expect.stringContaining('without a word') })
})

it('gives a refusal of ours as it is', async () => {
  const refusal = fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the client', reason: 'wrong secret' })
  expect(await createRefusalWatch().judge({ name: 'KafkaJSConnectionError', cause: refusal })).toBe(refusal)
})
