import type { HandlerPlan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'
import type { Events } from '../observe/events.js'
import { addCounts, noCounts } from '../observe/ledger.js'
import type { RecordInstrument } from '../observe/instrument.js'
import type { Logger } from '../observe/logger.js'
import type { HandlerTotals, LedgerCounts } from '../observe/snapshot.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import type { Lane } from '../process/lane.js'
import { type LaneLease, runLane } from '../process/run-lane.js'
import { Slots } from '../process/slots.js'
import { Stragglers } from '../process/stragglers.js'
import type { Sender } from '../produce/sender.js'
import type { LeasedPartition } from '../receive/leased-partition.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { OutputBounds } from '../settle/output-bounds.js'
import { PipelineLease } from '../settle/pipeline-lease.js'
import { createRuntime } from './create-runtime.js'
import { type BindingOf, createHandlerWork, type LeaseWork } from './handler-work.js'
import { createRoutedWork } from './routed-work.js'

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
  /** One entry, or one for each route and one for what none of them takes. */
  totals(): readonly HandlerTotals[]
  /** The worker is over: runs that outlive it are followed no longer. */
  close(): void
}

/** `bindingOf` is asked once for the method behind each handler. */
export function putHandlerToWork(plan: HandlerPlan, bindingOf: BindingOf, around: HandlerSurroundings): HandlerAtWork {
  const live = new Set<LeasedPartition>()
  const pipelines = new Map<LeaseHost, PipelineLease>()
  const works = new Map<LeaseHost, LeaseWork>()
  const slots = new Slots(() => Math.max(plan.concurrency, live.size), around.workerSlots)
  const runtime = createRuntime(plan, new Stragglers(), around)
  const { routes } = plan
  const work =
    routes === undefined
      ? createHandlerWork(runtime, bindingOf, around)
      : createRoutedWork(runtime, routes, bindingOf, around)
  // Nobody reads the records of an at-most-once lease again; of every other lease the next owner does.
  const left = plan.delivery === 'at-most-once' ? 'skipped' : 'abandoned'
  let retired: LedgerCounts = noCounts

  return {
    plan,
    admit(partition) {
      live.add(partition)
      slots.wake()
    },
    openPipeline(host) {
      const pipelineWork = work.openPipeline(host)
      works.set(host, pipelineWork)
      const lease = new PipelineLease(host, around.outputBounds, pipelineWork.rules)
      pipelines.set(host, lease)
      return lease
    },
    get pipelines() {
      return [...pipelines.values()]
    },
    runLane(partition, lane) {
      const own = works.get(partition) ?? work.open(partition)
      works.set(partition, own)
      const { attempt, decide } = own
      const run = () => runLane(lane, { lease: laneLeaseOf(partition), slots, clock: around.clock, attempt, decide })
      return afterStragglers(partition, runtime, run)
    },
    retire(partition) {
      const { ledger } = partition
      live.delete(partition)
      pipelines.delete(partition)
      works.get(partition)?.retire(left)
      works.delete(partition)
      reportImbalance(partition, around.log)
      retired = addCounts(retired, { ...ledger.counts(), [left]: ledger[left] + ledger.inFlight })
    },
    totals() {
      const ledgers = [...live].map(({ ledger }) => ledger)
      const counts = ledgers.reduce<LedgerCounts>((sum, ledger) => addCounts(sum, ledger.counts()), retired)
      const inFlight = ledgers.reduce((sum, ledger) => sum + ledger.inFlight, 0)
      return work.totals({ ...counts, inFlight })
    },
    close: () => runtime.stragglers.clear(),
  }
}

const laneLeaseOf = (partition: LeasedPartition): LaneLease => ({
  over: partition.laneOver,
  get isHalted() {
    return partition.isHalted
  },
  get held() {
    return partition.held
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

/** A lease whose ledger does not add up is a defect of ours, and nobody should have to look for it. */
function reportImbalance({ ledger: { received, imbalance }, source }: LeasedPartition, log: Logger): void {
  if (imbalance === 0) return
  const facts = { partition: `${source.topic}[${source.partition}]`, received, accounted: received - imbalance }
  log.error({ err: fail('MILLRACE_LEDGER_UNBALANCED', facts) }, 'a lease ended with records unaccounted for')
}
