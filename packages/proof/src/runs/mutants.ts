import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { allMutants } from '../broker/mutants/all-mutants.js'
import { huntMutants } from '../broker/mutants/hunt-mutants.js'
import { type ProofRun, UsageError } from '../proof-run.js'

export const proof: ProofRun = {
  title: 'Brokers that are wrong in one way, and the checks that say so',
  async run(args, print, signal) {
    const { seed, thorough, only } = parse(args)
    const mutants = allMutants.filter(({ name }) => name.includes(only))
    print(`Seed ${seed}. ${mutants.length} brokers, each wrong in one way:\n`)
    print('| a broker that | caught by |')
    print('| --- | --- |')
    const hunted = await huntMutants({
      mutants,
      seed,
      thorough,
      atOnce: Math.min(2, availableParallelism()),
      signal,
      onHunted: ({ mutant, caughtBy }) => {
        const checks = caughtBy.map(
          ({ check, found }) => `${check} (${found.replaceAll(/\s+/g, ' ').replaceAll('|', '/').slice(0, 160)})`,
        )
        print(`| ${mutant.name} | ${checks.length === 0 ? '**nothing**' : checks.join('; ')} |`)
      },
    })
    const caught = hunted.filter(({ caughtBy }) => caughtBy.length > 0).length
    print(`\n${caught} of ${mutants.length} were caught.`)
    return caught === mutants.length
  },
}

function parse(args: readonly string[]): { seed: number; thorough: boolean; only: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        thorough: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
      },
    })
    return { seed: Number(values.seed), thorough: values.thorough, only: values.only }
  } catch (cause) {
    throw new UsageError('mutants [--seed 1] [--thorough] [--only part-of-a-name]', { cause })
  }
}
