import { expect, onTestFinished, test } from 'vitest'
import type { BrokerUnavailable } from '../brokers/broker-under-test.js'
import { askForRegistry, offerRegistry } from './registry-on-demand.js'
import type { Apicurio } from './start-apicurio.js'

const url = 'http://127.0.0.1:1'

async function setup(found: BrokerUnavailable | Error | undefined, env: NodeJS.ProcessEnv = {}) {
  const seen = { starts: 0, stops: 0 }
  const stop = async () => {
    seen.stops += 1
  }
  const running: Apicurio = { kind: 'apicurio', url, pid: 1, stop }
  const offered = await offerRegistry(env, async () => {
    seen.starts += 1
    if (found instanceof Error) throw found
    return found ?? running
  })
  onTestFinished(() => offered.stop())
  return { offered, seen }
}

test('a registry is started when the first file asks for it, once for all, and stopped with the run', async () => {
  const { offered, seen } = await setup(undefined)
  expect(seen.starts).toBe(0)
  const answers = await Promise.all([askForRegistry(offered.port), askForRegistry(offered.port)])
  expect(answers).toEqual(Array.from({ length: 2 }, () => ({ kind: 'running', url })))
  expect(seen).toEqual({ starts: 1, stops: 0 })
  await offered.stop()
  expect(seen).toEqual({ starts: 1, stops: 1 })
})

test('a run in which nobody asks starts nothing', async () => {
  const { offered, seen } = await setup(undefined)
  await offered.stop()
  expect(seen.starts).toBe(0)
})

test.each([
  [{}, false],
  [{ CI: 'true' }, true],
])('where there is none, files learn why, and whether one is required: %o', async (env, required) => {
  const { offered } = await setup({ unavailable: 'no Java' }, env)
  expect(await askForRegistry(offered.port)).toEqual({ kind: 'unavailable', reason: 'no Java', required })
})

test('one that is there and does not start is a failure everywhere', async () => {
  const { offered } = await setup(new Error('out of memory'))
  expect(await askForRegistry(offered.port)).toEqual({
    kind: 'unavailable',
    reason: 'Error: out of memory',
    required: true,
  })
})
