import { expect, it } from 'vitest'
import { checkModel } from './check-model.js'

/** Printed, so that a failing run can be run again: `MILLRACE_MODEL_SEED=... MILLRACE_MODEL_RUNS=... vitest run model`. */
const seed = Number(process.env['MILLRACE_MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env['MILLRACE_MODEL_RUNS'] ?? 150)

it('holds what it acknowledged, whatever its clients and its faults do', async () => {
  const since = performance.now()
  const { steps, failure } = await checkModel({ seed, runs })
  const seconds = (performance.now() - since) / 1000
  console.log(
    `model seed ${seed}: ${runs} runs, ${steps} steps in ${seconds.toFixed(1)} s, ${Math.round(steps / seconds)} steps/s`,
  )
  expect(failure).toBe(undefined)
}, 120_000)
