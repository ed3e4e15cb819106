import { parseArgs } from 'node:util'
import { kafkaVersion } from '@millrace/testing'
import { type ProofRun, UsageError } from '../proof-run.js'
import { type SuiteOutcome, suiteOnVersion } from './brokers/suite-on-version.js'

/** The oldest that has every API of the driver's exactly-once path, the last with ZooKeeper, and what everything else runs on. */
const usualVersions = ['3.6.1', '3.9.2', kafkaVersion]

export const proof: ProofRun = {
  title: 'The integration suites on several versions of Apache Kafka',
  async run(args, print, signal) {
    const { versions, paths } = parse(args)
    const outcomes: (readonly [version: string, outcome: SuiteOutcome])[] = []
    for (const version of versions) outcomes.push([version, await suiteOnVersion(version, paths, signal)])

    print(
      table(
        ['Apache Kafka', 'passed', 'failed', 'skipped'],
        outcomes.map(([version, outcome]) => [version, ...countsOf(outcome)]),
      ),
    )
    for (const [version, { failed, skipped, reasons }] of outcomes) {
      if (failed.length > 0)
        print(['', `Failed on ${version}:`, ...failed.map(({ name, why }) => `- ${name}: ${why}`)].join('\n'))
      if (skipped.length + reasons.length > 0)
        print(['', `Skipped on ${version}:`, ...[...skipped, ...reasons].map((name) => `- ${name}`)].join('\n'))
    }
    return outcomes.every(([, { passed, failed }]) => passed > 0 && failed.length === 0)
  },
}

function parse(args: readonly string[]): { versions: readonly string[]; paths: readonly string[] } {
  try {
    const options = { versions: { type: 'string', default: usualVersions.join() } } as const
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
    return { versions: values.versions.split(','), paths: positionals }
  } catch (cause) {
    throw new UsageError(`brokers [--versions ${usualVersions.join()}] [path of a suite]...`, { cause })
  }
}

const countsOf = ({ passed, failed, skipped }: SuiteOutcome): readonly string[] => [
  `${passed}`,
  `${failed.length}`,
  `${skipped.length}`,
]

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
