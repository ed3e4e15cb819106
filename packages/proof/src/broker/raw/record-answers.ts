import { isUnavailable, kafkaVersion } from '@millrace/testing'
import { startKafka } from './brokers-to-compare.js'
import { areasBySettings } from './compare-areas.js'
import { compareTraces, printDifference } from './compare-traces.js'
import type { Address } from './raw-connection.js'
import { writeRecording } from './recordings.js'
import { runScripts } from './run-script.js'
import type { Area, Script } from './script.js'
import type { Traces } from './trace.js'

const atOnce = 12
const mostPlays = 5

/** Writes down what Kafka answers, area by area. False where some script has no answer that comes twice, or Kafka cannot be started. */
export async function recordAnswers(print: (line: string) => void, signal: AbortSignal): Promise<boolean> {
  let held = true
  for (const group of areasBySettings()) {
    const kafka = await startKafka(group[0]?.settings, signal)
    if (isUnavailable(kafka)) {
      print(kafka.unavailable)
      return false
    }
    try {
      for (const area of group) held = (await recordArea(area, kafka.address, print)) && held
    } finally {
      await kafka.stop()
    }
  }
  return held
}

async function recordArea({ name, scripts }: Area, address: Address, print: (line: string) => void): Promise<boolean> {
  const { traces, unsettled } = await playTwice(scripts, address)
  for (const line of unsettled) print(line)
  await writeRecording(name, { kafka: kafkaVersion, scripts: traces })
  print(`- ${name}: ${scripts.length} scripts`)
  return unsettled.length === 0
}

/** Only what comes out the same twice in a row is Kafka's answer: the rest is a matter of luck. */
async function playTwice(
  scripts: readonly Script[],
  address: Address,
): Promise<{ traces: Traces; unsettled: readonly string[] }> {
  let traces = await runScripts(scripts, address, { atOnce })
  let left = scripts
  let unsettled: readonly string[] = []
  for (let play = 2; play <= mostPlays && left.length > 0; play += 1) {
    const again = await runScripts(left, address, { atOnce: play === 2 ? atOnce : 2, play })
    const before = Object.fromEntries(left.map(({ name }) => [name, traces[name] ?? []]))
    const differences = compareTraces(before, again)
    traces = { ...traces, ...again }
    left = left.filter(({ name }) => differences.some(({ script }) => script === name))
    unsettled = differences.map(printDifference)
  }
  return { traces, unsettled }
}
