import { expect, it } from 'vitest'
import { createRequestLimit } from './request-limit.js'

it('lets so many through in a minute, and as many again in the next', () => {
  let now = 0
  const mayPass = createRequestLimit(2, () => now)
  expect([mayPass(), mayPass(), mayPass()]).toEqual([true, true, false])
  now = 59_999
  expect(mayPass()).toBe(false)
  now = 60_000
  expect([mayPass(), mayPass(), mayPass()]).toEqual([true, true, false])
})
