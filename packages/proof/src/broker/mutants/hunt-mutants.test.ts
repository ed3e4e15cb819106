import { expect, it } from 'vitest'
import { allMutants } from './all-mutants.js'
import { huntMutants } from './hunt-mutants.js'

/** What every run looks at, because these are what brokers get wrong; `pnpm proof mutants` takes all of them. */
const usual = [
  'sorts the aborted list',
  'takes the end for stable',
  'remembers six batches',
  'says 46 for 45',
  'begins sequences anew after each marker',
  'accepts a commit between join and sync',
  'answers offset 0 for a group that does not exist',
  'begins a generation without a new number',
  'forgets the assignment for who asks again',
  'writes no marker where nothing was produced',
  'commits offsets of an aborted transaction',
  'does not apply what it loses the answer of',
]
const seed = Number(process.env['MILLRACE_MODEL_SEED'] ?? 1)
const isAll = process.env['MILLRACE_MUTANTS'] === 'all'

it('no broker that is wrong in one way gets past model, recorded answers and unit suites', async () => {
  const mutants = allMutants.filter(({ name }) => isAll || usual.includes(name))
  const hunted = await huntMutants({ mutants, seed, atOnce: 2, thorough: false })
  const lines = hunted.map(
    ({ mutant, caughtBy: [first] }) =>
      `${mutant.name}: ${first?.check ?? 'NOTHING'} | ${first?.found.slice(0, 150) ?? ''}`,
  )
  console.log(`seed ${seed}\n${lines.join('\n')}`)
  expect(hunted.filter(({ caughtBy }) => caughtBy.length === 0).map(({ mutant }) => mutant.name)).toEqual([])
  expect(hunted).toHaveLength(isAll ? allMutants.length : usual.length)
}, 600_000)
