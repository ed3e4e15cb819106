import { parseArgs } from 'node:util'
import { isUnavailable, launchBroker, uniqueName } from '@millrace/testing'
import { leaveWhenDone } from '../chaos/leave-when-done.js'
import { type OutageFigures, watchOutage } from '../outage/watch-outage.js'
import { type ProofRun, UsageError } from '../proof-run.js'

const usage = `outage [--seconds 60] [--broker real] [--keep]
  --seconds  of each outage, at least 5
  --broker   real or embedded
  --keep     writes the page in docs/proof`

export const proof: ProofRun = {
  title: 'A broker is away: what the probes say',
  async run(args, print, signal) {
    const { seconds, prefer } = parseOptions(args)
    const broker = await launchBroker({ prefer })
    if (isUnavailable(broker)) throw new Error(broker.unavailable)
    try {
      print(
        `One worker with its defaults on one broker (${broker.kind}), which is away for ${seconds} s in each of two ways. Both`,
      )
      print('probes are asked every 500 ms.\n')
      print('| the broker is | asked | `/livez` 200 | `/readyz` 503 | worker | member died | works again after |')
      print('| --- | --- | --- | --- | --- | --- | --- |')
      const wrong: string[] = []
      for (const how of ['frozen', 'dead'] as const) {
        const figures = await watchOutage(broker, { how, seconds, topic: uniqueName('orders'), signal })
        print(rowOf(how, figures))
        wrong.push(...faultsOf(how, figures))
      }
      print(wrong.length === 0 ? '\nNothing is wrong.' : `\n**Something is wrong:** ${wrong.join('; ')}`)
      return wrong.length === 0
    } finally {
      await leaveWhenDone(() => broker.stop())
    }
  },
}

const rowOf = (how: string, { asked, alive, unready, state, deaths, backAfterMs }: OutageFigures): string =>
  `| ${how} | ${asked} | ${alive} | ${unready} | ${state} | ${deaths} | ${Math.round(backAfterMs)} ms |`

const faultsOf = (how: string, { asked, alive, state }: OutageFigures): readonly string[] => [
  ...(alive === asked ? [] : [`${how}: /livez was not 200 ${asked - alive} times`]),
  ...(state === 'running' ? [] : [`${how}: the worker is ${state}`]),
]

function parseOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seconds: { type: 'string', default: '60' }, broker: { type: 'string', default: 'real' } },
    })
    const seconds = Number(values.seconds)
    const prefer = values.broker
    if (Number.isInteger(seconds) && seconds >= 5 && (prefer === 'real' || prefer === 'embedded'))
      return { seconds, prefer } as const
  } catch {
    // Told below, with what there is.
  }
  throw new UsageError(usage)
}
