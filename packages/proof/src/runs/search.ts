import { parseArgs } from 'node:util'
import { type ProofRun, UsageError } from '../proof-run.js'
import { freshSeed, searchEverything } from '../search/search-everything.js'

const usage = `search [--minutes 2] [--seed <n>] [--keep]
  --minutes  how long schedules are searched, at least 0.1
  --seed     the first seed of each kind of schedule. Default: one that was not searched before`

export const proof: ProofRun = {
  title: 'Deterministic search: schedules whose every event is drawn from a seed',
  async run(args, print, signal) {
    const { budgetMs, seed } = parseOptions(args)
    print(
      `${budgetMs / 60_000} minutes, first seed ${seed}. Each schedule has up to three faults: crashes at an await, stops,`,
    )
    print(
      'joins, frozen workers, cut connections, rebalances, restarts of the broker, markers that are held, spoilt answers.\n',
    )
    return searchEverything({ seed, budgetMs, print, signal })
  },
}

function parseOptions(args: readonly string[]): { readonly budgetMs: number; readonly seed: number } {
  const values = parsed(args)
  const budgetMs = Number(values.minutes) * 60_000
  const seed = values.seed === undefined ? freshSeed() : Number(values.seed)
  if (!(budgetMs >= 6_000) || !Number.isSafeInteger(seed) || seed < 1) throw new UsageError(usage)
  return { budgetMs, seed }
}

function parsed(args: readonly string[]) {
  try {
    const options = { minutes: { type: 'string', default: '2' }, seed: { type: 'string' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (cause) {
    throw new UsageError(usage, { cause }) // an option that does not exist, or one without its value
  }
}
