import { parseArgs } from 'node:util'
import { startChaosCluster } from '../chaos/chaos-cluster.js'
import { leaveWhenDone } from '../chaos/leave-when-done.js'
import { type ProofRun, UsageError } from '../proof-run.js'
import { growth, judgeSamples, slopesOf } from '../soak/judge-samples.js'
import { sampleHead, sampleRow } from '../soak/sample-row.js'
import { transactionStorm } from '../soak/transaction-storm.js'

const usage = `transactions [--count 10000] [--keep]
  --count  how many transactions the pipeline commits, at least 500: fewer only warm up
  --keep   writes the page in docs/proof`

const sampleCount = 50
/** O11: under 1 MB a minute. A shorter run is judged by what a transaction leaves behind as well. */
const limits = { perMinuteAtMost: 1_000_000, perStepAtMost: 256, step: 'transaction' }

export const proof: ProofRun = {
  title: 'Transactions: one after the other, and nothing stays behind',
  async run(args, print, signal) {
    const transactions = parseCount(args)
    print(
      `A pipeline commits ${transactions} transactions. Beside it a plain transactional producer aborts every second of its`,
    )
    print('own, in the same process. Sampled while both are idle, after a collection.\n')
    for (const line of sampleHead('transactions')) print(line)
    const cluster = await startChaosCluster()
    try {
      const storm = await transactionStorm(cluster, {
        ...{ transactions, perSample: Math.floor(transactions / sampleCount), signal },
        onSample: (sample) => print(sampleRow(sample)),
      })
      const wrong = [...storm.wrong, ...judgeSamples(storm.samples, limits)]
      const { heap, buffers, resident } = slopesOf(storm.samples)
      print(
        `\n${storm.committed} transactions of ${storm.records} records, and ${storm.plain} plain ones. Behind the first quarter of the samples:\n`,
      )
      print(`- heap: ${growth(heap, limits.step)}`)
      print(`- memory of Buffers: ${growth(buffers, limits.step)}`)
      print(`- resident memory: ${growth(resident, limits.step)}\n`)
      print(wrong.length === 0 ? 'Nothing is wrong.' : '**Something is wrong:**\n')
      for (const one of wrong) print(`- ${one}`)
      return wrong.length === 0
    } finally {
      await leaveWhenDone(() => cluster.stop())
    }
  },
}

function parseCount(args: readonly string[]): number {
  const count = Number(parsed(args).values.count)
  if (!(count >= 500)) throw new UsageError(usage)
  return count
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { count: { type: 'string', default: '10000' } } })
  } catch (cause) {
    throw new UsageError(usage, { cause }) // an option that does not exist, or one without its value
  }
}
