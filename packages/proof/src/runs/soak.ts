import { parseArgs } from 'node:util'
import { startChaosCluster } from '../chaos/chaos-cluster.js'
import { leaveWhenDone } from '../chaos/leave-when-done.js'
import { type ProofRun, UsageError } from '../proof-run.js'
import { growth, judgeSamples, slopesOf } from '../soak/judge-samples.js'
import { rebalanceStorm } from '../soak/rebalance-storm.js'
import { sampleHead, sampleRow } from '../soak/sample-row.js'

const usage = `soak [--rebalances 1000] [--minutes 30] [--keep]
  --rebalances  how many the worker that stays goes through, at least 300: fewer only warm up
  --minutes     in what time: each round takes its share of it
  --keep        writes the page in docs/proof`

const sampleCount = 50
/** O11: under 1 MB a minute. A shorter run is judged by what a rebalance leaves behind as well. */
const limits = { perMinuteAtMost: 1_000_000, perStepAtMost: 8 * 1024 }

export const proof: ProofRun = {
  title: 'Soak: a worker that stays while others join and leave',
  async run(args, print, signal) {
    const { rebalances, minutes } = parseOptions(args)
    const rounds = Math.ceil(rebalances / 2)
    print(`${rebalances} rebalances in ${minutes} minutes. One worker stays; another one joins and leaves, in the same`)
    print('process, while records flow. Sampled while the one that stays is alone, after a collection.\n')
    for (const line of sampleHead('rebalances')) print(line)
    const cluster = await startChaosCluster()
    try {
      const storm = await rebalanceStorm(cluster, {
        ...{ rebalances, roundMs: (minutes * 60_000) / rounds, signal },
        roundsPerSample: Math.max(1, Math.floor(rounds / sampleCount)),
        onSample: (sample) => print(sampleRow(sample)),
      })
      const wrong = [...storm.wrong, ...judgeSamples(storm.samples, limits)]
      const { heap, buffers, resident } = slopesOf(storm.samples)
      print(`\n${storm.rebalances} rebalances, ${storm.records} records. Behind the first quarter of the samples:\n`)
      print(`- heap: ${growth(heap)}`)
      print(`- memory of Buffers: ${growth(buffers)}`)
      print(`- resident memory: ${growth(resident)}\n`)
      print(wrong.length === 0 ? 'Nothing is wrong.' : '**Something is wrong:**\n')
      for (const one of wrong) print(`- ${one}`)
      return wrong.length === 0
    } finally {
      await leaveWhenDone(() => cluster.stop())
    }
  },
}

function parseOptions(args: readonly string[]) {
  const { values } = parsed(args)
  const [rebalances, minutes] = [Number(values.rebalances), Number(values.minutes)]
  if (!(rebalances >= 300) || !(minutes >= 0)) throw new UsageError(usage)
  return { rebalances, minutes }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { rebalances: { type: 'string', default: '1000' }, minutes: { type: 'string', default: '30' } },
    })
  } catch (cause) {
    throw new UsageError(usage, { cause }) // an option that does not exist, or one without its value
  }
}
