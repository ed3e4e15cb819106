import {
  checkProgress,
  type Disturbance,
  duplicatesIn,
  overlapsAcrossGenerations,
  progressShare,
  stallsAfter,
  type WorkerExit,
} from '@millrace/testing'
import { faultsOf } from '../rig/faults-of.js'
import type { ProofEvidence } from '../rig/proof-rig.js'
import { type CutLease, cutLeases, nameOfLease, wasTaken } from './cut-leases.js'
import { describeFault } from './describe-fault.js'
import type { FiredFault } from './fire-fault.js'
import type { Kill } from './fleet.js'
import { stintsOf, type ToldBy } from './stints.js'

/** Everything that is known of a chaos run when it is over. */
export interface ChaosEvidence extends ProofEvidence {
  /** The flow of records, on the clock of the run lines: from the first one to the last commit. */
  readonly fromMs: number
  readonly untilMs: number
  readonly planned: number
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
  /** For each fault, the longest time until every partition with work went on. */
  readonly stallsMs: readonly number[]
  readonly membersRebuilt: number
}

export interface ChaosVerdict {
  /** Empty, or everything that is wrong. */
  readonly wrong: readonly string[]
  readonly figures: ChaosFigures
}

const sessionAndRebalanceMs = 3_000 + 2_000
/** What a partition may stand still beyond a fault; and as long again as a takeover takes where the next one meets it. */
export const stallAtMostMs = sessionAndRebalanceMs + 5_000
const progressAtLeast = 0.5
/** A lease holds 500 records and one fetch answer of 1 MiB, 330 bytes each; more can't have been open when it was cut. */
const openPerLeaseAtMost = 500 + Math.floor(2 ** 20 / 330)
/** Of all records, where a worker dies every 15 s: what its deaths may cause to be done again. */
const redoneByKillsAtMost = 0.01

/** O1 to O7 and O10 over a chaos run, and whether the run was one: every fault fired, and work went on. Pure. */
export function judgeChaos(evidence: ChaosEvidence): ChaosVerdict {
  const stints = stintsOf(evidence.workers)
  const cuts = cutLeases(evidence, stints)
  const killed = evidence.kills.map(({ worker }) => worker)
  const lost = new Set(stints.filter(wasTaken).map(nameOfLease))
  const disturbances = evidence.fired.map(disturbanceOf)
  const figures = figuresOf(evidence, { cuts, lost: lost.size, disturbances })
  const wrong = [
    ...whatDidNotHappen(evidence, figures),
    ...whatStoodStill(evidence, disturbances),
    ...faultsOf(evidence, {
      killed,
      isLost: (run) => lost.has(nameOfLease(run)),
      duplicatesAtMost: figures.duplicatesExplained,
      survivors: evidence.workers,
    }),
    ...whatIsTooMuch(cuts, figures),
    ...evidence.workers.flatMap(({ name, exit }) =>
      isInOrder(exit, killed.includes(name)) ? [] : [`${name} ended with ${exit.signal ?? `code ${exit.code}`}`],
    ),
  ]
  return { wrong, figures }
}

interface Found {
  readonly cuts: readonly CutLease[]
  readonly lost: number
  readonly disturbances: readonly Disturbance[]
}

const figuresOf = (evidence: ChaosEvidence, { cuts, lost, disturbances }: Found): ChaosFigures => ({
  records: evidence.sent.length,
  deadLetters: evidence.letters.length,
  kills: evidence.kills.length,
  leasesLost: lost,
  duplicates: sum(duplicatesIn(evidence).values()),
  duplicatesExplained: sum(cuts.map(({ open }) => open)),
  openAfterKills: sum(cuts.filter(({ stint }) => stint.ended === undefined).map(({ open }) => open)),
  overlaps: overlapsAcrossGenerations(evidence, { by: 'partition' }),
  progress: progressShare(evidence, evidence),
  stallsMs: stallsAfter(evidence, { disturbances, untilMs: evidence.untilMs }),
  membersRebuilt: told(evidence, 'member.died').length,
})

/** A run in which a fault met nothing, or nothing went on, has not shown what it says. */
const whatDidNotHappen = ({ fired, planned }: ChaosEvidence, { progress }: ChaosFigures): readonly string[] => [
  ...fired.filter(({ hasFired }) => !hasFired).map((one) => `did not fire: ${nameOfFault(one)}: ${one.detail}`),
  ...(fired.length === planned ? [] : [`${planned} faults were planned, not ${fired.length}`]),
  ...(progress >= progressAtLeast ? [] : [`starved: ${percent(progress)} of the half-seconds saw progress`]),
]

const whatStoodStill = (evidence: ChaosEvidence, disturbances: readonly Disturbance[]): readonly string[] => [
  ...checkProgress(evidence, {
    ...{ disturbances, stallAtMostMs, furtherMs: sessionAndRebalanceMs },
    untilMs: evidence.untilMs,
  }).map(({ text }) => `O7: ${text}`),
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
  const { wrong, figures } = judgeChaos(evidence)
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
