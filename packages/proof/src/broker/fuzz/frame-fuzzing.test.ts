import { describe, expect, it } from 'vitest'
import { fuzzBroker } from './fuzz-broker.js'
import { mebibyte } from './heap.js'

/** Printed, so that a failing run can be run again: `MILLRACE_FUZZ_SEED=... vitest run frame-fuzzing`. */
const seed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

describe('a broker among mutated frames', () => {
  it('answers or closes, keeps its memory, and serves others meanwhile: 100,000 frames over 1,000 connections', async () => {
    const since = performance.now()
    const { frames, answers, closed, waited, faults, grownBytes } = await fuzzBroker({
      seed,
      connections: 1_000,
      rounds: 100,
    })
    const [halfWay, atEnd] = [grownBytes.halfWay, grownBytes.atEnd].map((bytes) => Math.round(bytes / mebibyte))
    const took = ((performance.now() - since) / 1000).toFixed(1)
    console.log(
      `fuzz seed ${seed}: ${frames} frames in ${took} s, ${answers} answers, ${closed} closed, ${waited} given up; ` +
        `held ${halfWay} MiB half way, ${atEnd} MiB at the end`,
    )
    expect(faults).toEqual([])
    expect(frames).toBe(100_000)
    // Fewer would mean that the frames are too broken to get anywhere.
    expect(answers).toBeGreaterThan(20_000)
    expect(halfWay).toBeLessThan(96)
    expect(atEnd).toBeLessThan(48)
  }, 120_000)

  it('does the same while faults of every kind strike them', async () => {
    const { frames, struck, faults, grownBytes } = await fuzzBroker({
      seed,
      connections: 200,
      rounds: 50,
      withFaults: true,
    })
    console.log(
      `fuzz seed ${seed}, with faults: ${frames} frames, held ${Math.round(grownBytes.atEnd / mebibyte)} MiB at the end`,
    )
    expect(faults).toEqual([])
    expect(struck).toBe(1_000)
    expect(grownBytes.atEnd).toBeLessThan(48 * mebibyte)
  }, 120_000)
})
