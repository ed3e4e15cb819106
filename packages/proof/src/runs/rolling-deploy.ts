import { parseArgs } from 'node:util'
import { startChaosCluster } from '../chaos/chaos-cluster.js'
import { leaveWhenDone } from '../chaos/leave-when-done.js'
import { type ProofRun, UsageError } from '../proof-run.js'
import type { RollFigures } from '../rolling-deploy/measure-roll.js'
import { rollWorkers } from '../rolling-deploy/roll-workers.js'

const usage = `rolling-deploy [--restart 3] [--partitions 12] [--keep]
  --restart     seconds that a worker is away while it is replaced, less than 10: the session is 15 s
  --partitions  of the topic, at least 3
  --keep        writes the page in docs/proof`

const workers = 3
const pace = { settleMs: 5_000, tickMs: 20 }

export const proof: ProofRun = {
  title: 'A rolling deploy: dynamic and static members',
  async run(args, print, signal) {
    const { restartMs, partitions } = parseOptions(args)
    print(
      `${workers} workers on ${partitions} partitions; a record comes into each partition every ${pace.tickMs} ms. One worker`,
    )
    print(
      `after the other is stopped, is away for ${restartMs / 1000} s, and comes back. Apache Kafka, session 15 s.\n`,
    )
    const cluster = await startChaosCluster()
    try {
      const options = { workers, partitions, restartMs, signal, ...pace }
      const dynamic = await rollWorkers(cluster, { ...options, isStatic: false })
      const fixed = await rollWorkers(cluster, { ...options, isStatic: true })
      for (const line of tableOf(dynamic, fixed)) print(line)
      const wrong = [...faultsOf('dynamic', dynamic), ...faultsOf('static', fixed)]
      if (fixed.moved + fixed.othersRejoined > 0) wrong.push('static members moved partitions, or made others rejoin')
      print(wrong.length === 0 ? '\nNothing is wrong.' : `\n**Something is wrong:** ${wrong.join('; ')}`)
      return wrong.length === 0
    } finally {
      await leaveWhenDone(() => cluster.stop())
    }
  },
}

const tableOf = (dynamic: RollFigures, fixed: RollFigures): readonly string[] => {
  const row = (what: string, of: (figures: RollFigures) => string | number): string =>
    `| ${what} | ${of(dynamic)} | ${of(fixed)} |`
  const ms = (value: number): string => `${Math.round(value)} ms`
  return [
    '| in the whole deploy | dynamic | static |',
    '| --- | --- | --- |',
    row('partitions that went to another worker', ({ moved }) => moved),
    row('joins of workers that did not restart', ({ othersRejoined }) => othersRejoined),
    row('longest stall of a partition of a worker that restarted', ({ stallOfRestartedMs }) => ms(stallOfRestartedMs)),
    row('longest stall of any other partition', ({ stallOfOthersMs }) => ms(stallOfOthersMs)),
    row('records', ({ sent }) => sent),
    row('of them lost, handled again', ({ lost, again }) => `${lost}, ${again}`),
  ]
}

const faultsOf = (what: string, { lost, again }: RollFigures): string[] =>
  lost + again === 0 ? [] : [`${what}: ${lost} records lost, ${again} handled again`]

function parseOptions(args: readonly string[]) {
  const values = parsed(args)
  const [restartMs, partitions] = [Number(values.restart) * 1000, Number(values.partitions)]
  const isPossible = restartMs >= 0 && restartMs < 10_000 && Number.isSafeInteger(partitions) && partitions >= workers
  if (!isPossible) throw new UsageError(usage)
  return { restartMs, partitions }
}

function parsed(args: readonly string[]) {
  try {
    const options = {
      restart: { type: 'string', default: '3' },
      partitions: { type: 'string', default: '12' },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (cause) {
    throw new UsageError(usage, { cause }) // an option that does not exist, or one without its value
  }
}
