import type { StallBehind } from '@millrace/testing'
import { describeFault, seconds } from './describe-fault.js'
import type { FiredFault } from './fire-fault.js'
import { type ChaosEvidence, type ChaosVerdict, percent, quietAtMostMs, stallAtMostMs } from './judge-chaos.js'

/** One line per fault, told while the run goes on. */
export const faultLine = ({ planned, hasFired, detail, endMs, atMs }: FiredFault, sinceStartMs: number): string =>
  `${seconds(sinceStartMs).padStart(8)}  ${hasFired ? 'fired' : 'DID NOT FIRE'}  ${describeFault(planned.fault)} (${detail}; took ${seconds(endMs - atMs)})`

/** The figures of a run, its faults with what they cost, and everything that is wrong, as Markdown. */
export function chaosReport(evidence: ChaosEvidence, { wrong, figures }: ChaosVerdict): readonly string[] {
  const rows = evidence.fired.map(
    ({ planned, atMs, hasFired, detail }, index) =>
      `| ${seconds(atMs - evidence.fromMs)} | ${describeFault(planned.fault)} | ${hasFired ? detail : `**did not fire**: ${detail}`} | ${stallOf(figures.stalls[index])} |`,
  )
  const lines: readonly (readonly [string, string])[] = [
    ['records planned, acknowledged', `${evidence.plannedRecords}, ${figures.records}`],
    ['of these dead-lettered', `${figures.deadLetters}`],
    ['time from the first record to the last commit', seconds(evidence.untilMs - evidence.fromMs)],
    ['faults planned, fired', `${evidence.planned}, ${evidence.fired.filter(({ hasFired }) => hasFired).length}`],
    ['workers killed', `${figures.kills}`],
    ['leases taken away by the group', `${figures.leasesLost}`],
    [
      'records done more than once',
      `${figures.duplicates} (${percent(figures.duplicates / Math.max(1, figures.records))}), ${figures.duplicatesExplained} explained, by kills ${figures.openAfterKills}`,
    ],
    ['runs that overlapped a zombie', `${figures.overlaps}`],
    ['half-seconds with progress', percent(figures.progress)],
    [
      'longest stall of a partition behind a fault',
      `${seconds(Math.max(0, ...figures.stalls.map(({ stallMs }) => stallMs)))}; ${seconds(stallAtMostMs)} behind the end of each fault are allowed, and as long behind one that hits meanwhile`,
    ],
    [
      'longest stall that no fault reaches',
      `${seconds(figures.quietStallMs)}, where ${seconds(quietAtMostMs)} are allowed`,
    ],
    ['members rebuilt', `${figures.membersRebuilt}`],
  ]
  return [
    '',
    wrong.length === 0 ? 'Nothing is wrong.' : `**${wrong.length} things are wrong.**`,
    ...wrong.slice(0, 50).map((one) => `- ${one}`),
    '',
    ...table(['figure', 'value'], lines),
    '',
    ...table(['at', 'fault', 'what it met', 'stall behind it, allowed'], []),
    ...rows,
  ]
}

const stallOf = (stall: StallBehind | undefined): string =>
  stall === undefined || stall.allowedMs === 0
    ? 'none of its own'
    : `${seconds(stall.stallMs)}, ${seconds(stall.allowedMs)}`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
