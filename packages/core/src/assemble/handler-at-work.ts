import type { InstanceBinding } from '../declare/handler-instances.js'
import type { HandlerPlan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'
import type { Events } from '../observe/events.js'
import { addCounts, noCounts } from '../observe/ledger.js'
import type { RecordInstrument } from '../observe/instrument.js'
import type { Logger } from '../observe/logger.js'
import type { HandlerTotals, LedgerCounts } from '../observe/snapshot.js'
import { bindHandle, createAttempt } from '../process/attempt.js'
import { Deadlines } from '../process/deadlines.js'
import { graceMs, type HandlerRuntime, type HandlerTally } from '../process/handler-runtime.js'
import { instrumentedAttempt } from '../process/instrumented-attempt.js'
import type { Lane } from '../process/lane.js'
import { type LaneLease, runLane } from '../process/run-lane.js'
import { Slots } from '../process/slots.js'
import { Stragglers } from '../process/stragglers.js'
import type { Sender } from '../produce/sender.js'
import type { LeasedPartition } from '../receive/leased-partition.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { judgeFailure } from '../settle/judge-failure.js'
import type { OutputBounds } from '../settle/output-bounds.js'
import { PipelineLease } from '../settle/pipeline-lease.js'
import { type Destinations, settle } from '../settle/settle.js'
import { createDeadLetterRoute } from './dead-letter-route.js'
import { createPipelineRules } from './pipeline-rules.js'
import { placeOfRecord } from './record-place.js'

/** What all handlers of a worker share. */
export interface HandlerSurroundings {
  readonly clock: Clock
  readonly events: Events
  readonly log: Logger
  readonly random: () => number
  readonly workerSlots: Slots | undefined
  /** Opened when the plan has a dead-letter topic. */
  readonly sender: () => Sender
  readonly isOurTopic: (topic: string) => boolean
  readonly outputBounds: OutputBounds
  readonly instrument?: RecordInstrument | undefined
}

/** One handler of the plan, wired: runs the lanes of its partitions and counts what they did. */
export interface HandlerAtWork {
  readonly plan: HandlerPlan
  /** A partition is assigned. In `partition` order that may raise the number of runs at once. */
  admit(partition: LeasedPartition): void
  runLane(partition: LeasedPartition, lane: Lane): Promise<void>
  /** Makes the mode of a lease whose records are settled by their outputs. */
  openPipeline(host: LeaseHost): PipelineLease
  /** Of the leases that have not ended. */
  readonly pipelines: Iterable<PipelineLease>
  /** A lease has ended: its final ledger stays in the totals. */
  retire(partition: LeasedPartition): void
  totals(): HandlerTotals
  /** The worker is over: runs that outlive it are followed no longer. */
  close(): void
}

export function putHandlerToWork(
  plan: HandlerPlan,
  binding: InstanceBinding | undefined,
  around: HandlerSurroundings,
): HandlerAtWork {
  const live = new Set<LeasedPartition>()
  const pipelines = new Map<LeaseHost, { readonly lease: PipelineLease; readonly to: Destinations }>()
  const slots = new Slots(() => Math.max(plan.concurrency, live.size), around.workerSlots)
  const at = { group: plan.group, handler: plan.name }
  const runtime = createRuntime(plan, at, around)
  const attempt = instrumentedAttempt(
    createAttempt(runtime, bindHandle(plan.target, binding)),
    runtime,
    around.instrument,
  )
  let retired: LedgerCounts = noCounts

  return {
    plan,
    admit(partition) {
      live.add(partition)
      slots.wake()
    },
    openPipeline(host) {
      const { outputBounds, events } = around
      const to = destinationsOf(host, runtime, around)
      const { rules, destinations } = createPipelineRules({ partition: host, runtime, events, to })
      const lease = new PipelineLease(host, outputBounds, rules)
      pipelines.set(host, { lease, to: destinations })
      return lease
    },
    get pipelines() {
      return [...pipelines.values()].map(({ lease }) => lease)
    },
    runLane(partition, lane) {
      const to = pipelines.get(partition)?.to ?? destinationsOf(partition, runtime, around)
      const run = () =>
        runLane(lane, {
          ...{ lease: laneLeaseOf(partition), slots, clock: around.clock, attempt },
          decide: (outcome, record) => settle(outcome, record, to),
        })
      return afterStragglers(partition, runtime, run)
    },
    retire(partition) {
      const { ledger } = partition
      live.delete(partition)
      pipelines.delete(partition)
      reportImbalance(partition, around.log)
      // Nobody reads the records of an at-most-once lease again; of every other lease the next owner does.
      const left = plan.delivery === 'at-most-once' ? 'skipped' : 'abandoned'
      retired = addCounts(retired, { ...ledger.counts(), [left]: ledger[left] + ledger.inFlight })
    },
    totals() {
      const ledgers = [...live].map(({ ledger }) => ledger)
      const counts = ledgers.reduce<LedgerCounts>((sum, ledger) => addCounts(sum, ledger.counts()), retired)
      const inFlight = ledgers.reduce((sum, ledger) => sum + ledger.inFlight, 0)
      return { ...at, topic: plan.topic.name, ...counts, inFlight, ...runtime.tally }
    },
    close: () => runtime.stragglers.clear(),
  }
}

const laneLeaseOf = (partition: LeasedPartition): LaneLease => ({
  over: partition.laneOver,
  get isHalted() {
    return partition.isHalted
  },
  started: (record) => partition.started(record),
  handled: () => partition.handled(),
  decided: partition.decided.bind(partition),
})

/** Runs of an earlier lease of the partition may still be at its records: nothing starts beside them. */
function afterStragglers(
  partition: LeasedPartition,
  { stragglers, log }: HandlerRuntime,
  run: () => Promise<void>,
): Promise<void> {
  const { laneOver, source } = partition
  const before = stragglers.count(source.partition)
  if (before === 0) return run()
  log.info({ ...partition.position(), runs: before }, 'waiting for runs of an earlier lease to end')
  partition.pauseFor('straggling')
  return stragglers.gone(source.partition, laneOver).then(() => {
    if (!laneOver.aborted) partition.resumeFrom('straggling')
    return run()
  })
}

function createRuntime(
  plan: HandlerPlan,
  at: { readonly group: string; readonly handler: string },
  { clock, events, log, isOurTopic }: HandlerSurroundings,
): HandlerRuntime {
  const tally: HandlerTally = { attempts: 0, retriesInPlace: 0, lateResults: 0, deadLetterFailures: 0 }
  return {
    plan,
    clock,
    log: log.child(at),
    isOurTopic: isOurTopic(plan.topic.name),
    limits: new Deadlines(plan.timeoutMs, clock),
    graces: new Deadlines(graceMs, clock),
    stragglers: new Stragglers(),
    tally,
    onLate(run) {
      tally.lateResults += 1
      events.emit({ name: 'record.late', ...at, ...run })
    },
  }
}

/** A lease whose ledger does not add up is a defect of ours, and nobody should have to look for it. */
function reportImbalance({ ledger: { received, imbalance }, source }: LeasedPartition, log: Logger): void {
  if (imbalance === 0) return
  const facts = { partition: `${source.topic}[${source.partition}]`, received, accounted: received - imbalance }
  log.error({ err: fail('MILLRACE_LEDGER_UNBALANCED', facts) }, 'a lease ended with records unaccounted for')
}

/** Where the records of one lease go, and who is told about it. */
function destinationsOf(
  partition: LeaseHost,
  runtime: HandlerRuntime,
  { events, sender, random }: HandlerSurroundings,
): Destinations {
  const { plan, clock, tally } = runtime
  const placeOf = (record: ReceivedRecord) => placeOfRecord(partition, plan.name, record)
  return {
    afterFailure(failure, record) {
      const verdict = judgeFailure(failure, record, plan, random)
      if (verdict.kind !== 'hold') record.firstFailedAt ??= clock.wallNow()
      return verdict
    },
    waiting(record, { error }, delayMs) {
      tally.retriesInPlace += 1
      events.emit({ name: 'record.retrying', ...placeOf(record), delayMs, error })
    },
    holding(record, { error }, { reason, delayMs }) {
      record.heldFor = reason
      record.outages += 1
      partition.pauseFor(reason)
      events.emit({ name: 'record.waiting', ...placeOf(record), reason, delayMs, error })
    },
    heldNoMore(record) {
      if (record.heldFor !== undefined) partition.resumeFrom(record.heldFor)
      record.heldFor = undefined
      record.outages = 0
    },
    skipped(record, reason, failure) {
      const because = failure === undefined ? {} : { error: failure.error }
      events.emit({ name: 'record.skipped', ...placeOf(record), reason, ...because })
    },
    halted: (record, { error }) => events.emit({ name: 'partition.halted', ...placeOf(record), error }),
    writeDeadLetter: createDeadLetterRoute({ partition, runtime, events, sender }),
  }
}
