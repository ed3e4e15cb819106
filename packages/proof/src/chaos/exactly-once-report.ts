import { describeFault, seconds } from './describe-fault.js'
import type { ExactlyOnceEvidence, ExactlyOnceVerdict } from './judge-exactly-once.js'
import { percent } from './judge-chaos.js'

/** The figures of a run, its faults, and everything that is wrong, as Markdown. */
export function exactlyOnceReport(
  evidence: ExactlyOnceEvidence,
  { wrong, figures }: ExactlyOnceVerdict,
): readonly string[] {
  const rows: readonly (readonly [string, string])[] = [
    ['records planned, acknowledged', `${evidence.plannedRecords}, ${figures.records}`],
    ['outputs that f makes of them, read afterwards', `${figures.outputs}`],
    ['outputs given to the reader beside the faults', `${figures.seenDuring}`],
    ['dead letters', `${figures.deadLetters}`],
    [
      'transactions committed, aborted, fenced, as the workers told',
      `${figures.committed}, ${figures.aborted}, ${figures.fenced}`,
    ],
    [
      'records in the logs that belong to aborted transactions: input, outputs, dead letters',
      `${evidence.aborted.input.length}, ${evidence.aborted.outputs.length}, ${evidence.aborted.letters.length}`,
    ],
    ['records that handlers were given again, and whose first outputs nobody saw', `${figures.handledAgain}`],
    ['faults planned, fired', `${evidence.planned}, ${evidence.fired.filter(({ hasFired }) => hasFired).length}`],
    ['workers killed', `${figures.kills}`],
    ['time from the first record to the last commit', seconds(evidence.untilMs - evidence.fromMs)],
    ['from the end of the last fault until everything was committed', seconds(figures.recoveryMs)],
    ['half-seconds in which a record was handled', percent(figures.progress)],
  ]
  const fired = evidence.fired.map(({ planned, atMs, endMs, hasFired, detail }) => [
    seconds(atMs - evidence.fromMs),
    describeFault(planned.fault),
    hasFired ? detail : `**did not fire**: ${detail}`,
    seconds(endMs - atMs),
  ])
  return [
    '',
    wrong.length === 0 ? 'Nothing is wrong.' : `**${wrong.length} things are wrong.**`,
    ...wrong.slice(0, 50).map((one) => `- ${one}`),
    '',
    ...table(['figure', 'value'], rows),
    '',
    ...table(['at', 'fault', 'what it met', 'took'], fired),
  ]
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
