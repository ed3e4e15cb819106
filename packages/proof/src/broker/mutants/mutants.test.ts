import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allMutants } from './all-mutants.js'
import { applyMutant } from './apply-mutant.js'

const sourceOf = (file: string): string =>
  readFileSync(new URL(`../../../../broker/src/${file}`, import.meta.url), 'utf8')

describe('the mutants of the broker', () => {
  it('are each about something of their own', () => {
    expect(new Set(allMutants.map(({ name }) => name)).size).toBe(allMutants.length)
  })

  it.each(allMutants)('fit the sources: $name', (mutant) => {
    const source = sourceOf(mutant.file)
    expect(applyMutant(source, mutant)).not.toBe(source)
  })
})
