import { checkLedger, progressShare, type WorkerExit } from '@millrace/testing'
import { faultsOfPipeline } from '../rig/faults-of-pipeline.js'
import type { PipelineEvidence } from '../rig/pipeline-rig.js'
import { readLedgers } from '../rig/read-ledgers.js'
import type { ChaosFault } from './chaos-schedule.js'
import { describeFault, seconds } from './describe-fault.js'
import { killPoints } from './exactly-once-schedule.js'
import type { ChaosEvidence, ChaosWorker } from './judge-chaos.js'

/** Everything that is known of an exactly-once run when it is over. */
export interface ExactlyOnceEvidence extends ChaosEvidence, PipelineEvidence {}

export interface ExactlyOnceFigures {
  readonly records: number
  readonly outputs: number
  readonly deadLetters: number
  readonly kills: number
  /** As the workers have told it; one that was killed takes the last of its news with it. */
  readonly committed: number
  readonly aborted: number
  readonly fenced: number
  /** Records in the logs that no `read_committed` reader ever sees. */
  readonly abortedRecords: number
  /** Of a `read_committed` reader: how many records it was given while the run went on. */
  readonly seenDuring: number
  /** Handler runs of a record beyond the first successful one: what is thrown away with an aborted transaction. */
  readonly handledAgain: number
  readonly progress: number
  /** From the end of the last fault until everything was committed, ms. */
  readonly recoveryMs: number
}

export interface ExactlyOnceVerdict {
  /** Empty, or everything that is wrong. */
  readonly wrong: readonly string[]
  readonly figures: ExactlyOnceFigures
}

/** Kinds that have to have struck; the kill points each by itself. */
const faultKinds: readonly ChaosFault['kind'][] = [
  ...(['kill', 'kill-at', 'zombie', 'restart', 'lose-answer', 'black-hole', 'cut', 'guest'] as const),
]
/** A session, a rebalance, a transaction that has to time out, and all that has piled up meanwhile. */
const recoveryAtMostMs = 90_000
/** A worker that finds no broker tries for so long, a little more on a busy machine. */
const startLimitMs = 15_000

/** Exactly once over a chaos run, and whether the run was one: every fault fired, and transactions were aborted. Pure. */
export function judgeExactlyOnce(evidence: ExactlyOnceEvidence): ExactlyOnceVerdict {
  const killed = new Set(evidence.kills.map(({ worker }) => worker))
  const figures = figuresOf(evidence)
  const darks = evidence.fired.filter(({ planned }) => planned.fault.kind === 'restart')
  const survivors = evidence.workers.filter(({ name }) => !killed.has(name))
  const wrong = [
    ...whatDidNotHappen(evidence, figures),
    ...faultsOfPipeline(evidence, { survivors }),
    ...evidence.workers.flatMap((worker) => whatIsWrongWith(worker, { wasKilled: killed.has(worker.name), darks })),
  ]
  return { wrong, figures }
}

/** A run in which a fault met nothing, or in which nothing had to be taken back, has not shown what it says. */
const whatDidNotHappen = (
  { fired, planned, sent, plannedRecords, aborted }: ExactlyOnceEvidence,
  { recoveryMs }: ExactlyOnceFigures,
): readonly string[] => [
  ...fired.filter(({ hasFired }) => !hasFired).map((one) => `did not fire: ${nameOf(one)}: ${one.detail}`),
  ...(fired.length === planned ? [] : [`${planned} faults were planned, not ${fired.length}`]),
  ...faultKinds
    .filter((kind) => !fired.some(({ hasFired, planned: { fault } }) => hasFired && fault.kind === kind))
    .map((kind) => `nothing of the kind ${kind} has fired`),
  ...killPoints
    .filter((point) => !fired.some(({ hasFired, planned: { fault } }) => hasFired && isAt(fault, point)))
    .map(({ api, edge, isDelivered }) => `nobody died at the ${edge} ${api}${isDelivered ? ', delivered' : ''}`),
  ...(sent.length === plannedRecords
    ? []
    : [`O1: ${plannedRecords} records were planned, ${sent.length} acknowledged`]),
  ...(aborted.input.length > 0 ? [] : ['no record of the input was aborted']),
  ...(aborted.outputs.length > 0 ? [] : ['no output was aborted']),
  ...(recoveryMs <= recoveryAtMostMs
    ? []
    : [`O7: ${seconds(recoveryMs)} behind the last fault until everything was committed`]),
]

const isAt = (fault: ChaosFault, { api, edge, isDelivered }: (typeof killPoints)[number]): boolean =>
  fault.kind === 'kill-at' && fault.point.api === api && fault.point.edge === edge && fault.isDelivered === isDelivered

/** How it ended, and what it said on the way; the ledgers of one that was not killed are checked with the run. */
const whatIsWrongWith = (
  { name, exit, log, ...told }: ChaosWorker,
  { wasKilled, darks }: { readonly wasKilled: boolean; readonly darks: ExactlyOnceEvidence['fired'] },
): readonly string[] => [
  ...(isInOrder(exit, wasKilled) || foundNoBroker(told, darks)
    ? []
    : [`${name} ended with ${exit.signal ?? `code ${exit.code}`}`]),
  ...(wasKilled ? readLedgers(told).flatMap(checkLedger) : []).map(({ text }) => `ledger: ${name}: ${text}`),
  ...(log.includes('MILLRACE_LEDGER_UNBALANCED') ? [`ledger: a lease of ${name} ended unbalanced`] : []),
  ...(told.announcements.some(({ signal }) => signal === 'member.stalled')
    ? [`O7: the watchdog of ${name} fired`]
    : []),
]

function figuresOf(evidence: ExactlyOnceEvidence): ExactlyOnceFigures {
  const { fired, aborted, during, workers, untilMs, lines } = evidence
  const told = (wanted: string): number =>
    workers.reduce((sum, { announcements }) => sum + announcements.filter(({ signal }) => signal === wanted).length, 0)
  const done = lines.filter(({ edge }) => edge === 'done')
  const lastMs = Math.max(evidence.fromMs, ...fired.map(({ endMs }) => endMs))
  return {
    records: evidence.sent.length,
    outputs: evidence.outputs.length,
    deadLetters: evidence.letters.length,
    kills: evidence.kills.length,
    committed: told('transaction.committed'),
    aborted: told('transaction.aborted'),
    fenced: told('transaction.fenced'),
    abortedRecords: aborted.input.length + aborted.outputs.length + aborted.letters.length,
    seenDuring: during.outputs.length,
    handledAgain: done.length - new Set(done.map(({ id }) => id)).size,
    progress: progressShare(evidence, evidence),
    recoveryMs: Math.max(0, untilMs - lastMs),
  }
}

const nameOf = ({ planned }: ExactlyOnceEvidence['fired'][number]): string => describeFault(planned.fault)
const isInOrder = ({ code, signal }: WorkerExit, wasKilled: boolean): boolean =>
  wasKilled ? signal === 'SIGKILL' : code === 0

/** One that starts while the broker is away gives up, and its supervisor starts the next. */
function foundNoBroker(
  { announcements }: Pick<ChaosWorker, 'announcements'>,
  darks: ExactlyOnceEvidence['fired'],
): boolean {
  if (announcements.some(({ signal }) => signal === 'member.joined')) return false
  const atMs = announcements.find(({ signal }) => signal === 'worker.stopped')?.facts['atMs']
  return typeof atMs === 'number' && darks.some((dark) => atMs >= dark.atMs && atMs <= dark.endMs + startLimitMs)
}
