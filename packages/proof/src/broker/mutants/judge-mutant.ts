import { type Broker, startBroker } from '@millrace/broker'
import { checkModel } from '../model/check-model.js'
import { areas } from '../raw/areas.js'
import { compareTraces, printDifference } from '../raw/compare-traces.js'
import { judgeDifferences } from '../raw/judge-differences.js'
import { readRecording } from '../raw/recordings.js'
import { runScripts } from '../raw/run-script.js'
import type { BrokerSettings } from '../raw/script.js'
import type { MutantToPlay } from './play-mutant.js'

/** One check that is red, and by what. */
export interface RedCheck {
  readonly check: string
  readonly found: string
}

/** The model first, because it is quickest; then what Kafka answered to the scripts of these areas. */
export async function* judgeMutant({ model, areas: wanted }: MutantToPlay): AsyncGenerator<RedCheck> {
  const { failure } = await checkModel({ ...model, shrink: false })
  if (failure !== undefined) yield { check: 'model', found: failure.split('\n')[0] ?? '' }
  for (const { name, scripts, settings } of areas.filter((area) => wanted.includes(area.name))) {
    const { scripts: kafka } = await readRecording(name)
    const broker = await startAsRecorded(settings)
    const check = `recorded answers: ${name}`
    let ours: typeof kafka
    try {
      ours = await runScripts(scripts, { host: broker.host, port: broker.port }, { atOnce: 32 })
    } catch (error) {
      yield { check, found: error instanceof Error ? error.message : String(error) }
      continue
    }
    // What is recorded and not played any more, or the other way round, is the recording's business.
    const both = Object.keys(kafka).filter((script) => script in ours)
    const only = (traces: typeof kafka): typeof kafka =>
      Object.fromEntries(both.map((script) => [script, traces[script] ?? []]))
    for (const difference of judgeDifferences(compareTraces(only(kafka), only(ours))).unexplained) {
      const [where = '', , said = ''] = printDifference(difference).split('\n')
      yield { check, found: `${where}${said}`.slice(0, 300) }
    }
  }
}

/** As the recorded Kafka was started. The module that starts both brought the JVM's launcher along, whose sources Node cannot strip. */
const startAsRecorded = ({
  initialRebalanceDelayMs = 0,
  maxGroupSize,
  ...same
}: BrokerSettings = {}): Promise<Broker> =>
  startBroker({
    nodeId: 1,
    ...same,
    groups: {
      minSessionTimeout: 500,
      initialRebalanceDelay: initialRebalanceDelayMs,
      ...(maxGroupSize === undefined ? {} : { maxSize: maxGroupSize }),
    },
    transactions: { reaperInterval: 500 },
  })
