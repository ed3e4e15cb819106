import { seededDefects, simulate, SimulationFailure, type SimulationOptions } from '@millrace/testing/simulate'
import { describe, expect, it } from 'vitest'
import { onKafkajs, searchedHandlers, searchedPipeline } from './searched-workers.js'

const fullHandlers: SimulationOptions = { ...searchedHandlers, ...onKafkajs }
const fullPipeline: SimulationOptions = { ...searchedPipeline, ...onKafkajs }

async function failureOf(options: SimulationOptions): Promise<SimulationFailure> {
  const failure = await simulate(options).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure instanceof SimulationFailure) return failure
  throw failure ?? new Error('nothing was found')
}

describe('the search in the full layer: the kafkajs driver on an embedded broker', { timeout: 120_000 }, () => {
  it('runs the same schedule 20 times from one seed: the same events, byte for byte', async () => {
    const hashes = new Set<string>()
    for (let count = 0; count < 20; count += 1)
      hashes.add((await simulate({ ...fullPipeline, seed: 3, schedules: 1 })).hash)
    expect(hashes.size).toBe(1)
    expect((await simulate({ ...fullPipeline, seed: 1, schedules: 3 })).hash, 'after other schedules').toBe(
      [...hashes][0],
    )
  })

  it.each(Object.entries(seededDefects.handlers))('finds a driver that %s', async (_name, meddle) => {
    const failure = await failureOf({ ...fullHandlers, meddle, schedules: 100 })
    expect(failure.schedule.findings).not.toEqual([])
  })

  it.each(Object.entries(seededDefects.pipelines))('finds a pipeline that %s', async (_name, meddle) => {
    const failure = await failureOf({ ...fullPipeline, meddle, schedules: 100 })
    expect(failure.schedule.findings).not.toEqual([])
  })

  it('replays a finding from its seed and its plan', async () => {
    const options = { ...fullHandlers, meddle: seededDefects.handlers.swapsRecords }
    const { schedule } = await failureOf({ ...options, schedules: 100 })
    const { seed, plan } = schedule
    const again = await failureOf({ ...options, seed, plan, schedules: 1 })
    expect(again.schedule).toMatchObject({ hash: schedule.hash, findings: schedule.findings })
  })
})
