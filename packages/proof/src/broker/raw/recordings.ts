import { readFile, writeFile } from 'node:fs/promises'
import type { Step, Traces } from './trace.js'

/** What Kafka answered, as it is kept: one file per area, one line per request. */
export interface Recording {
  /** The version of Apache Kafka. */
  readonly kafka: string
  readonly scripts: Traces
}

/** The same place from the sources and from the build. */
const fileOf = (area: string): URL => new URL(`../../../recordings/${area}.json`, import.meta.url)

export const readRecording = async (area: string): Promise<Recording> =>
  JSON.parse(await readFile(fileOf(area), 'utf8')) as Recording

export async function writeRecording(area: string, recording: Recording): Promise<void> {
  await writeFile(fileOf(area), printRecording(recording))
}

/** One line per request, so that a change of an answer is a change of a line. */
function printRecording({ kafka, scripts }: Recording): string {
  const line = (step: Step): string => `      ${JSON.stringify(step)}`
  const print = ([name, trace]: readonly [string, readonly Step[]]): string =>
    `    ${JSON.stringify(name)}: [\n${trace.map(line).join(',\n')}\n    ]`
  return `{\n  "kafka": ${JSON.stringify(kafka)},\n  "scripts": {\n${Object.entries(scripts).map(print).join(',\n')}\n  }\n}\n`
}
