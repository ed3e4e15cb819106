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
