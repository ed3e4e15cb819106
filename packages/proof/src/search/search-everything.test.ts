import { expect, it } from 'vitest'
import { freshSeed, searchEverything } from './search-everything.js'

const budgetMs = 30_000

it('finds nothing wrong in 30 s of schedules that nobody has seen before', { timeout: 10 * budgetMs }, async () => {
  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  const held = await searchEverything({ seed: freshSeed(), budgetMs, print, signal: new AbortController().signal })
  // The seeds that were searched: where it fails, they say what to look at.
  process.stdout.write(`${lines.join('\n')}\n`)
  expect(held, lines.join('\n')).toBe(true)
})
