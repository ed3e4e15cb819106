import {
  checkCommits,
  checkDeadLetters,
  checkExpectedSets,
  checkLedger,
  checkNoAborted,
  checkNoOverlap,
  checkNothingLost,
  checkOrder,
  checkOutputs,
  checkSameView,
  checkTransactionsFinished,
  type ExpectedOutput,
  placeOf,
  type ProbeRecord,
  type SentRecord,
  type Violation,
  type WorkerProcess,
} from '@millrace/testing'
import { outputsOf } from '../planned-transform.js'
import type { PipelineEvidence } from './pipeline-rig.js'
import { readLedgers } from './read-ledgers.js'

/** f(input): what has to be in the sink, in the order of the source partitions. */
const expectedOutputs = (sent: readonly SentRecord[]): readonly ExpectedOutput[] =>
  sent
    .toSorted((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1))
    .flatMap((record) =>
      outputsOf(record).map((output) => ({
        key: record.key,
        value: JSON.stringify(output),
        lanes: [`key ${record.key}`, `${record.topic}[${record.partition}]`],
      })),
    )

/** Everything that is wrong with a pipeline when it is over: O1 to O5, O8 to O10, ledgers. Pure. */
export function faultsOfPipeline(
  evidence: PipelineEvidence,
  { survivors }: { readonly survivors: readonly Pick<WorkerProcess, 'announcements'>[] },
): readonly string[] {
  const { sent, outputs, letters, originals, during, outputTopic, deadLetterTopic } = evidence
  const violations: readonly Violation[] = [
    ...checkOutputs(expectedOutputs(sent), outputs, outputTopic),
    ...checkSameView(outputs, during.outputs, outputTopic),
    ...checkSameView(letters, during.letters, deadLetterTopic),
    ...checkTransactionsFinished(evidence.stable, evidence.transactions),
    ...abortedReads(evidence),
    ...checkNothingLost(evidence),
    ...checkExpectedSets(evidence),
    ...checkOrder(evidence, { by: 'partition' }),
    ...checkCommits(evidence),
    ...checkNoOverlap(evidence, { by: 'partition' }),
    ...checkDeadLetters(originals, letters),
    ...survivors.flatMap((worker) => readLedgers(worker).flatMap(checkLedger)),
  ]
  const silent = survivors.filter((worker) => !readLedgers(worker).some(({ at }) => at === 'worker.stopped'))
  return [
    ...violations.map(({ oracle, text }) => `${oracle}: ${text}`),
    ...lettersAgain(evidence),
    ...missedDownstream(evidence),
    ...silent.map(() => 'ledger: a worker has not printed its last one'),
  ]
}

/** Of the input and of the outputs, by whoever handles them. */
function abortedReads({ sent, aborted, lines, outputTopic, downstream }: PipelineEvidence): readonly Violation[] {
  const at = (topic: string, records: readonly ProbeRecord[]) => records.map((record) => ({ ...record, topic }))
  return [
    ...checkNoAborted(at(sent[0]?.topic ?? '', aborted.input), lines),
    ...checkNoAborted(at(outputTopic, aborted.outputs), downstream),
  ]
}

/** A dead letter is in the transaction of its record, so it is there once. Which ones there should be is O2. */
function lettersAgain({ deadLetters }: PipelineEvidence): readonly string[] {
  const byPlace = Map.groupBy(deadLetters, ({ source }) => placeOf(source))
  return [...byPlace].flatMap(([place, all]) =>
    all.length === 1 ? [] : [`O8: duplicate: ${all.length} dead letters of ${place}`],
  )
}

/** Handlers of millrace that read the outputs: all of them, and nothing else. */
function missedDownstream({ outputs, outputTopic, downstream }: PipelineEvidence): readonly string[] {
  const handled = new Set(downstream.map(placeOf))
  const there = new Set(outputs.map((record) => placeOf({ ...record, topic: outputTopic })))
  return [
    ...[...there].filter((place) => !handled.has(place)).map((place) => `O1: lost downstream: ${place}`),
    ...[...handled]
      .filter((place) => !there.has(place))
      .map((place) => `O9: ${place} was handled downstream, and is not there for a read_committed reader`),
  ]
}
