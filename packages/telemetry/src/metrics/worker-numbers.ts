import type {
  FailureStage,
  GroupSnapshot,
  HandlerTotals,
  ObservedWorker,
  OversizeResolution,
  PauseReason,
  LedgerCounts,
} from '@millrace/core'
import type { ErrorType } from './error-type.js'
import type { counterDefinitions, gaugeDefinitions, histogramDefinitions } from './metric-definitions.js'

type Labels = Readonly<Record<string, string>>

/** Where numbers go; prom-client's counters and gauges fit. */
export interface Instrument {
  inc(labels: Labels, value: number): void
}

/** What a duration is told to; prom-client's histograms fit. */
export interface Observer {
  observe(labels: Labels, value: number): void
}

export interface Instruments {
  readonly counters: { readonly [Name in keyof typeof counterDefinitions]: Instrument }
  readonly gauges: { readonly [Name in keyof typeof gaugeDefinitions]: Instrument }
  readonly histograms: { readonly [Name in keyof typeof histogramDefinitions]: Observer }
  /** The same for all workers of a process: there is one bound for all of them. */
  readonly errorType: ErrorType
}

/** The numbers of one worker: counters grow by what is new since the last call, gauges by what is there now. */
export interface WorkerNumbers {
  collect(): void
  close(): void
}

const stages: readonly FailureStage[] = ['decode', 'validate', 'handle', 'route']
const resolutions: readonly OversizeResolution[] = ['shrunk', 'without-value', 'halted', 'skipped']
/** By itself: a reason that is missing does not compile. */
const pauseReasons: Readonly<{ [Reason in PauseReason]: Reason }> = {
  'back-pressure': 'back-pressure',
  'dead-letter-failing': 'dead-letter-failing',
  'output-failing': 'output-failing',
  'dependency-down': 'dependency-down',
  braked: 'braked',
  operator: 'operator',
  straggling: 'straggling',
  halted: 'halted',
}

type TotalCounter = (counter: Instrument, labels: Labels, value: number) => void

/** The labels of each partition that can't be read now, by its key. */
type FailedPartitions = Map<string, Labels>

/** Totals of a worker start at 0 and only grow. A counter can't shrink, so neither can what it was told. */
function createTotals(): TotalCounter {
  const told = new Map<Instrument, Map<string, number>>()
  return (counter, labels, value) => {
    const known = told.get(counter) ?? new Map<string, number>()
    told.set(counter, known)
    const key = JSON.stringify(labels)
    const before = known.get(key)
    if (before !== undefined && value <= before) return
    counter.inc(labels, value - (before ?? 0))
    known.set(key, value)
  }
}

/**
 * Numbers come from the snapshot, which the pipeline keeps anyway, so that a record costs nothing extra. Only what is rare
 * and not in the snapshot comes from events: stages and sizes of dead letters, refused commits, jumps, transactions, partitions
 * that can't be read.
 */
export function createWorkerNumbers(worker: ObservedWorker, instruments: Instruments): WorkerNumbers {
  const { gauges } = instruments
  const total = createTotals()
  const failed: FailedPartitions = new Map()
  const offs = [...countRareEvents(worker, instruments), ...followFailedPartitions(worker, instruments, failed)]
  return {
    collect() {
      const { handlers, groups, isReady } = worker.inspect()
      for (const handler of handlers) collectHandler(handler, instruments, total)
      for (const group of groups) collectGroup(group, instruments, total)
      for (const at of failed.values()) gauges.failedPartitions.inc(at, 1)
      gauges.ready.inc({}, isReady ? 1 : 0)
    },
    close() {
      for (const off of offs) off()
    },
  }
}

function collectHandler(
  { group, topic, handler, ...totals }: HandlerTotals,
  { counters, gauges }: Instruments,
  total: TotalCounter,
): void {
  const at = { group, topic, handler }
  total(counters.received, at, totals.received)
  for (const [settlement, count] of settlementsOf(totals)) total(counters.settled, { ...at, settlement }, count)
  total(counters.attempts, at, totals.attempts)
  total(counters.lateResults, at, totals.lateResults)
  total(counters.retries, { ...at, mode: 'in_place' }, totals.retriesInPlace)
  total(counters.retries, { ...at, mode: 'topic' }, totals.retried)
  total(counters.deadLetterFailures, at, totals.deadLetterFailures)
  // Without a type, which to Prometheus is a series without the label: sums begin at 0.
  for (const stage of stages) counters.deadLetters.inc({ ...at, stage, error_type: '' }, 0)
  for (const resolution of resolutions) counters.oversizeDeadLetters.inc({ ...at, resolution: labelOf(resolution) }, 0)
  counters.partitionFailures.inc({ group, topic }, 0)
  counters.outOfRange.inc({ group, topic }, 0)
  counters.skippedOffsets.inc({ group, topic }, 0)
  gauges.inFlight.inc(at, totals.inFlight)
}

function collectGroup(
  { group, instanceId, commits, transactions, decided, rebalances, deaths, stalls, partitions }: GroupSnapshot,
  { counters, gauges }: Instruments,
  total: TotalCounter,
): void {
  total(counters.commits, { group, result: 'done' }, commits.done)
  total(counters.commits, { group, result: 'failed' }, commits.failed)
  counters.commits.inc({ group, result: 'refused' }, 0)
  for (const [result, count] of Object.entries(transactions)) total(counters.transactions, { group, result }, count)
  counters.transactionOutputs.inc({ group }, 0)
  gauges.bufferedOutputs.inc({ group }, decided.outputs)
  gauges.bufferedOutputBytes.inc({ group }, decided.bytes)
  total(counters.rebalances, { group }, rebalances)
  gauges.staticMember.inc({ group }, instanceId === undefined ? 0 : 1)
  total(counters.deaths, { group }, deaths)
  total(counters.stalls, { group }, stalls)
  for (const reason of Object.values(pauseReasons)) {
    const paused = partitions.filter(({ pausedBecause }) => pausedBecause.includes(reason)).length
    gauges.pausedPartitions.inc({ group, reason: labelOf(reason) }, paused)
  }
  for (const { topic, partition, lag, nextOffset, watermark, oldestUnsettledMs, ...more } of partitions) {
    const at = labelsOf({ group, topic, partition })
    gauges.lag.inc(at, lag)
    gauges.consumerLag.inc(at, Math.max(0, Number(more.endOffset - more.committed)))
    gauges.laneDepth.inc(at, more.inFlight.queued)
    gauges.watermarkGap.inc(at, Number(nextOffset - watermark))
    gauges.oldestUnsettled.inc(at, oldestUnsettledMs / 1000)
  }
}

const countRareEvents = (
  worker: ObservedWorker,
  { counters, histograms, errorType }: Instruments,
): readonly (() => void)[] => [
  worker.on('record.dead-lettered', ({ group, topic, handler, stage, error }) =>
    counters.deadLetters.inc({ group, topic, handler, stage, error_type: errorType(error) }, 1),
  ),
  worker.on('dead-letter.oversize', ({ group, topic, handler, resolution }) =>
    counters.oversizeDeadLetters.inc({ group, topic, handler, resolution: labelOf(resolution) }, 1),
  ),
  worker.on('partition.out-of-range', ({ group, topic, from, to }) => {
    counters.outOfRange.inc({ group, topic }, 1)
    counters.skippedOffsets.inc({ group, topic }, Math.max(0, Number(to - from)))
  }),
  worker.on('transaction.committed', ({ group, outputs, durationMs }) => {
    counters.transactionOutputs.inc({ group }, outputs)
    histograms.transactionDuration.observe({ group }, durationMs / 1000)
  }),
  worker.on('commit.refused', ({ group }) => counters.commits.inc({ group, result: 'refused' }, 1)),
]

/** A partition that fails again and again counts once, until it recovers or its lease ends. */
function followFailedPartitions(
  worker: ObservedWorker,
  { counters }: Instruments,
  failed: FailedPartitions,
): readonly (() => void)[] {
  const heal = (place: Place): void => void failed.delete(keyOf(place))
  return [
    worker.on('partition.failed', (place) => {
      const { group, topic } = place
      counters.partitionFailures.inc({ group, topic }, failed.has(keyOf(place)) ? 0 : 1)
      failed.set(keyOf(place), labelsOf(place))
    }),
    worker.on('partition.recovered', heal),
    worker.on('lease.ended', heal),
  ]
}

const settlementsOf = ({ processed, retried, deadLettered, skipped, abandoned }: LedgerCounts) =>
  Object.entries({ processed, retried, dead_lettered: deadLettered, skipped, abandoned })

interface Place {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

const labelsOf = ({ group, topic, partition }: Place): Labels => ({ group, topic, partition: String(partition) })

const keyOf = (place: Place): string => JSON.stringify(labelsOf(place))

/** Label values, like names, have underscores. */
const labelOf = (reason: PauseReason | OversizeResolution): string => reason.replaceAll('-', '_')
