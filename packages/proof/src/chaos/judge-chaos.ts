import {
  checkLedger,
  checkProgress,
  type Disturbance,
  duplicatesIn,
  longestQuietStall,
  overlapsAcrossGenerations,
  type ProgressLimits,
  progressShare,
  type StallBehind,
  stallsBehind,
  type WorkerExit,
} from '@millrace/testing'
import { faultsOf } from '../rig/faults-of.js'
import type { ProofEvidence } from '../rig/proof-rig.js'
import { readLedgers } from '../rig/read-ledgers.js'
import { type ChaosFault, longestDarkMs } from './chaos-schedule.js'
import { checkFencing } from './check-fencing.js'
import { type CutLease, cutLeases, leftOpenBy, nameOfLease, startsBelowCommits, wasTaken } from './cut-leases.js'
import { describeFault } from './describe-fault.js'
import type { FiredFault } from './fire-fault.js'
import type { Kill } from './fleet.js'
import { stintsOf, type ToldBy } from './stints.js'

/** Everything that is known of a chaos run when it is over. */
export interface ChaosEvidence extends ProofEvidence {
  /** The flow of records, on the clock of the run lines: from the first one to the last commit. */
  readonly fromMs: number
  readonly untilMs: number
  /** Faults. */
  readonly planned: number
  readonly plannedRecords: number
  readonly fired: readonly FiredFault[]
  readonly kills: readonly Kill[]
  readonly workers: readonly ChaosWorker[]
}

export interface ChaosWorker extends ToldBy {
  readonly exit: WorkerExit
  /** The end of what it logged. */
  readonly log: string
}

export interface ChaosFigures {
  readonly records: number
  readonly deadLetters: number
  readonly kills: number
  readonly leasesLost: number
  readonly duplicates: number
  readonly duplicatesExplained: number
  /** Of those explained, what kills explain. */
  readonly openAfterKills: number
  readonly overlaps: number
  /** Share of the half-seconds in which a record was done. */
  readonly progress: number
  /** For each fault, the worst stall that it reaches; a move that is no fault reaches none. */
  readonly stalls: readonly StallBehind[]
  /** The longest stall that no fault reaches. */
  readonly quietStallMs: number
  readonly membersRebuilt: number
}

export interface ChaosVerdict {
  /** Empty, or everything that is wrong. */
  readonly wrong: readonly string[]
  readonly figures: ChaosFigures
}

const sessionMs = 3_000
const rebalanceMs = 2_000
/** What a partition may stand still behind the end of a fault, and where no fault reaches: there under a session. */
export const stallAtMostMs = sessionMs + rebalanceMs + 5_000
export const quietAtMostMs = 2_000
/**
 * How long a worker that the group has given up may go on beside its successor: nobody can tell it while it is in the dark, and
 * what it commits is refused.
 */
const fencingMs = longestDarkMs - sessionMs + 1_000
const progressAtLeast = 0.5
/** A lease holds 500 records and one fetch answer of 1 MiB, 330 bytes each; more can't have been open when it was cut. */
const openPerLeaseAtMost = 500 + Math.floor(2 ** 20 / 330)
/** Of all records, where a worker dies every 15 s: what its deaths may cause to be done again. */
const redoneByKillsAtMost = 0.01

const faultKinds = ['kill', 'kill-at', 'freeze', 'restart', 'cut', 'black-hole'] as const
const moveKinds = ['stop', 'guest'] as const

/** O1 to O7 and O10 over a chaos run, and whether the run was one: every fault fired, and work went on. Pure. */
export const judgeChaos = (evidence: ChaosEvidence): ChaosVerdict => judge(evidence, faultKinds)

function judge(evidence: ChaosEvidence, kinds: readonly ChaosFault['kind'][]): ChaosVerdict {
  const stints = stintsOf(evidence.workers)
  const cuts = cutLeases(evidence, stints)
  const killed = new Set(evidence.kills.map(({ worker }) => worker))
  const lost = new Set(stints.filter(wasTaken).map(nameOfLease))
  const limits = progressLimitsOf(evidence)
  const figures = figuresOf(evidence, { cuts, lost: lost.size, limits })
  const wrong = [
    ...whatDidNotHappen(evidence, figures, kinds),
    ...whatStoodStill(evidence, limits),
    ...faultsOf(evidence, {
      isLeftOpen: leftOpenBy(cuts),
      duplicatesAtMost: figures.duplicatesExplained,
      survivors: evidence.workers.filter(({ name }) => !killed.has(name)),
    }),
    ...checkFencing(evidence, stints, { windowMs: fencingMs, killed }),
    ...startsBelowCommits(evidence, stints),
    ...whatIsTooMuch(cuts, figures),
    ...evidence.workers.flatMap((worker) => whatIsWrongWith(worker, killed.has(worker.name))),
  ]
  return { wrong, figures }
}

/** How it ended, and what it said on the way; the ledgers of one that was not killed are checked with the run. */
const whatIsWrongWith = ({ name, exit, log, ...told }: ChaosWorker, wasKilled: boolean): readonly string[] => [
  ...(isInOrder(exit, wasKilled) ? [] : [`${name} ended with ${exit.signal ?? `code ${exit.code}`}`]),
  ...(wasKilled ? readLedgers(told).flatMap(checkLedger) : []).map(({ text }) => `ledger: ${name}: ${text}`),
  ...(log.includes('MILLRACE_LEDGER_UNBALANCED') ? [`ledger: a lease of ${name} ended unbalanced`] : []),
]

/** Nothing stands still for moves that are no faults: so they excuse nothing. */
const progressLimitsOf = ({ fired, untilMs }: ChaosEvidence): ProgressLimits => ({
  disturbances: fired.filter(isDisturbing).map(disturbanceOf),
  ...{ stallAtMostMs, quietAtMostMs, reachMs: sessionMs + rebalanceMs, untilMs },
})

interface Found {
  readonly cuts: readonly CutLease[]
  readonly lost: number
  readonly limits: ProgressLimits
}

const figuresOf = (evidence: ChaosEvidence, { cuts, lost, limits }: Found): ChaosFigures => ({
  records: evidence.sent.length,
  deadLetters: evidence.letters.length,
  kills: evidence.kills.length,
  leasesLost: lost,
  duplicates: sum(duplicatesIn(evidence).values()),
  duplicatesExplained: sum(cuts.map(({ open }) => open)),
  openAfterKills: sum(cuts.filter(({ stint }) => stint.ended === undefined).map(({ open }) => open)),
  overlaps: overlapsAcrossGenerations(evidence, { by: 'partition' }),
  progress: progressShare(evidence, evidence),
  stalls: stallsOf(evidence, limits),
  quietStallMs: longestQuietStall(evidence, limits),
  membersRebuilt: told(evidence, 'member.died').length,
})

/** By fault, in the order in which they fired; none for a move. */
function stallsOf(evidence: ChaosEvidence, limits: ProgressLimits): readonly StallBehind[] {
  const found = stallsBehind(evidence, limits).values()
  return evidence.fired.map(
    (one) => (isDisturbing(one) ? found.next().value : undefined) ?? { stallMs: 0, allowedMs: 0 },
  )
}

/** A run in which a fault met nothing, or nothing went on, has not shown what it says. */
const whatDidNotHappen = (
  { fired, planned, sent, plannedRecords }: ChaosEvidence,
  { progress }: ChaosFigures,
  kinds: readonly ChaosFault['kind'][],
): readonly string[] => [
  ...fired.filter(({ hasFired }) => !hasFired).map((one) => `did not fire: ${nameOfFault(one)}: ${one.detail}`),
  ...(fired.length === planned ? [] : [`${planned} faults were planned, not ${fired.length}`]),
  ...kinds
    .filter((kind) => !fired.some(({ hasFired, planned: { fault } }) => hasFired && fault.kind === kind))
    .map((kind) => `nothing of the kind ${kind} has fired`),
  ...(sent.length === plannedRecords
    ? []
    : [`O1: ${plannedRecords} records were planned, ${sent.length} acknowledged`]),
  ...(progress >= progressAtLeast ? [] : [`starved: ${percent(progress)} of the half-seconds saw progress`]),
]

const whatStoodStill = (evidence: ChaosEvidence, limits: ProgressLimits): readonly string[] => [
  ...checkProgress(evidence, limits).map(({ text }) => `O7: ${text}`),
  ...told(evidence, 'member.stalled').map((name) => `O7: the watchdog of ${name} fired`),
]

/** An explanation is no blank cheque. */
const whatIsTooMuch = (cuts: readonly CutLease[], { openAfterKills, records }: ChaosFigures): readonly string[] => [
  ...cuts
    .filter(({ open }) => open > openPerLeaseAtMost)
    .map(({ stint, open }) => `O6: ${nameOfLease(stint)} left ${open} records open, which is more than it can hold`),
  ...(openAfterKills <= records * redoneByKillsAtMost
    ? []
    : [`O6: the kills left ${openAfterKills} records open, more than ${percent(redoneByKillsAtMost)} of all`]),
]

/** The same over a run without faults, and nothing may be left to explain: no lease is taken, nothing is done twice. */
export function judgeGraceful(evidence: ChaosEvidence): ChaosVerdict {
  const { wrong, figures } = judge(evidence, moveKinds)
  const { leasesLost, duplicates, overlaps, membersRebuilt } = figures
  const none = {
    'leases were taken away': leasesLost,
    'runs overlapped': overlaps,
    'members were rebuilt': membersRebuilt,
  }
  const found = Object.entries(none).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
  return {
    figures,
    wrong: [...wrong, ...found, ...(duplicates === 0 ? [] : [`O6: ${duplicates} records were done twice`])],
  }
}

const isDisturbing = ({ planned }: FiredFault): boolean => !moveKinds.some((kind) => kind === planned.fault.kind)
const nameOfFault = ({ planned }: FiredFault): string => describeFault(planned.fault)
const disturbanceOf = (fired: FiredFault): Disturbance => ({
  what: nameOfFault(fired),
  atMs: fired.atMs,
  endMs: fired.endMs,
})

const told = ({ workers }: ChaosEvidence, wanted: string): readonly string[] =>
  workers.flatMap(({ name, announcements }) => announcements.filter(({ signal }) => signal === wanted).map(() => name))
const isInOrder = ({ code, signal }: WorkerExit, wasKilled: boolean): boolean =>
  wasKilled ? signal === 'SIGKILL' : code === 0
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0)
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
